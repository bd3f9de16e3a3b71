import { type RunnerTestCase, recordArtifact, TestRunner } from 'vitest'
import { monotonicMs } from '../clock.ts'
import { watchRequests } from '../load/index.ts'
import { countRequest, noRequests } from './request-counts.ts'
import type { RequestsArtifact } from './requests-artifact.ts'

/** vitest keeps every report until the run's end: the longer a run takes, the fewer there are, one in 15 s at last. */
const SHORTEST_INTERVAL_MS = 500
const LONGEST_INTERVAL_MS = 15_000
const SHARE_OF_ELAPSED = 1 / 500

export interface RequestFeed extends Disposable {
  /** Resolves when the main process knows of all requests that have ended. */
  report(test: RunnerTestCase): Promise<void>
}

/**
 * Counts the requests of this process, and tells the main process now and then, as an artifact of the test that runs. A
 * request costs a few additions, after its end.
 */
export function startRequestFeed(): RequestFeed {
  const startedAtMs = monotonicMs()
  let ended = nothing()
  let outstanding = 0
  let isNews = false
  let timer: NodeJS.Timeout | null = null

  const report = async (test: RunnerTestCase): Promise<void> => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (!isNews) return
    isNews = false
    const told = ended
    ended = nothing()
    await recordArtifact(test, { type: 'perf:requests', ended: told, outstanding })
  }
  const soon = (): void => {
    isNews = true
    timer ??= setTimeout(
      () => {
        timer = null
        const test = TestRunner.getCurrentTest()
        // Between two tests: the next one's end tells.
        if (test) void report(test)
      },
      intervalMs(monotonicMs() - startedAtMs),
    ).unref()
  }
  const watch = watchRequests({
    sent: () => {
      outstanding++
      soon()
    },
    ended: record => {
      outstanding--
      countRequest(ended[record.batch < 0 ? 'warm-up' : 'measured'], record)
      soon()
    },
  })
  return {
    report,
    [Symbol.dispose]: () => {
      watch[Symbol.dispose]()
      if (timer !== null) clearTimeout(timer)
    },
  }
}

const nothing = (): RequestsArtifact['ended'] => ({ 'warm-up': noRequests(), measured: noRequests() })

const intervalMs = (elapsedMs: number): number =>
  Math.min(LONGEST_INTERVAL_MS, Math.max(SHORTEST_INTERVAL_MS, elapsedMs * SHARE_OF_ELAPSED))
