import type { CompletedRecord, FailedRecord, ImageSize } from '../load/index.ts'

/** How one model is loaded with requests. */
export interface BenchPlan {
  promptTokens: number
  outputTokens: number
  /** Requests outstanding at once. */
  concurrency: number
  requests: number
  /** So many prompt tokens are the same in all requests: for what caches of prefixes are worth. None unless said. */
  sharedPrefixTokens?: number
  /**
   * The same seed sends the same prompts again, to caches that may know them; without one every bench has prompts that
   * were never sent before.
   */
  seed?: number
  /** Each request has an image of this size before its text, unlike all others. None unless said. */
  image?: ImageSize
  /** False: the first requests after a load are what is measured. */
  warmUp?: boolean
}

/** What came back: raw, for statistics of any kind. */
export interface Bench {
  model: string
  plan: BenchPlan
  /** From the first request's sending to the last one's end, on the monotonic clock. */
  startMs: number
  endMs: number
  completed: CompletedRecord[]
  failed: FailedRecord[]
  /** What the host did meanwhile, in words; null when nothing worth naming happened. */
  disturbance: string | null
}
