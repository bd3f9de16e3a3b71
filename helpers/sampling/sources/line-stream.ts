import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'

/** A program that goes on printing lines. Ends with `stop`, and when this process ends, however it does. */
export interface LineStream {
  stop(): Promise<void>
}

/** Why a stream ended: its exit code (127: no such program) and the last lines that it printed, stderr included. */
export interface StreamEnd {
  code: number | null
  lastLines: string[]
}

/** A program that hangs in its driver cannot be ended, and is not waited for. */
const PATIENCE_MS = 2000

/**
 * Runs the program beside a shell that reads from a pipe which only we hold: when this process is killed, the pipe
 * closes and the shell ends the program. A program that prints nothing for a while would outlive us otherwise, and a
 * worker thread is told nothing when its process dies.
 */
const guarded = `
exec 4<&0
"$@" 2>&1 </dev/null 4<&- & program=$!
{ while read -r _ <&4; do :; done; kill "$program"; } >/dev/null 2>&1 & guard=$!
wait "$program"; code=$?
kill "$guard" 2>/dev/null
exit "$code"`

export function streamLines(
  command: readonly string[],
  onLine: (line: string) => void,
  onEnd: (end: StreamEnd) => void,
): LineStream {
  const child = spawn('sh', ['-c', guarded, 'sh', ...command], { stdio: ['pipe', 'pipe', 'ignore'] })
  const lastLines: string[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', line => {
    lastLines.push(line)
    if (lastLines.length > 5) lastLines.shift()
    onLine(line)
  })
  // The pipe breaks when the program ends first; its end is reported by `close`.
  child.stdin.on('error', () => {})
  let startError: string | undefined
  child.on('error', error => {
    startError = error.message
  })
  child.on('close', code => {
    lines.close()
    onEnd({ code, lastLines: startError === undefined ? lastLines : [...lastLines, startError] })
  })
  const exited = new Promise<void>(resolve => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  return {
    async stop() {
      child.stdin.destroy()
      await Promise.race([exited, setTimeout(PATIENCE_MS, undefined, { ref: false })])
      // What the program started may hold the other end for longer.
      child.stdout.destroy()
    },
  }
}
