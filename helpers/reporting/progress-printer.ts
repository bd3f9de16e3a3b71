import { monotonicMs } from '../clock.ts'
import { LiveLine, type Terminal } from './live-line.ts'
import { liveProgressLine, type Progress, plainProgressLine } from './progress-line.ts'

/** Without a terminal a line is printed at most this often. */
const PLAIN_INTERVAL_MS = 10_000

export interface ProgressPrinter {
  update(progress: Progress): void
  /** Takes a live line away; the next update brings it back. */
  clear(): void
}

/** One live line on a terminal; elsewhere plain lines, at most one every 10 s and one at 100 %. */
export function progressPrinterFor(
  stream: Terminal,
  { live = stream.isTTY === true && !process.env.CI, now = monotonicMs }: { live?: boolean; now?: () => number } = {},
): ProgressPrinter {
  return live ? livePrinter(stream) : plainPrinter(stream, now)
}

function livePrinter(stream: Terminal): ProgressPrinter {
  const line = new LiveLine(stream, stream === process.stdout ? [process.stderr] : [])
  return {
    update: progress => line.show(liveProgressLine(progress, stream.columns ?? 80)),
    clear: () => line.clear(),
  }
}

function plainPrinter(stream: Terminal, now: () => number): ProgressPrinter {
  let printedAtMs = Number.NEGATIVE_INFINITY
  let complete = false
  return {
    update(progress) {
      const wasComplete = complete
      complete = progress.total > 0 && progress.done >= progress.total
      const due = complete ? !wasComplete : now() - printedAtMs >= PLAIN_INTERVAL_MS
      if (!due) return
      printedAtMs = now()
      stream.write(`${plainProgressLine(progress)}\n`)
    },
    clear() {},
  }
}
