import type { PerfOptions } from '../options/index.ts'

/** What the main process tells every spec: serialisable, one per run. */
export interface RunContext {
  options: PerfOptions
  /** Folder of this run's results, records and series. */
  runDirectory: string
  /** Root of the project; its `baselines/` holds the checked-in baselines. */
  root: string
  /** vitest's `-u`: `all` with it, `none` under CI, else `new`. */
  update: 'all' | 'new' | 'none'
  /** Process id of vitest itself: the root of the suite's own processes. */
  mainPid: number
}

declare module 'vitest' {
  interface ProvidedContext {
    perf: RunContext
  }
}
