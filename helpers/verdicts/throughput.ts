import type { BatchResult, BatchRun } from '../batches/batch-run.ts'
import { mean } from '../statistics/index.ts'
import { formatQuantity } from '../units.ts'

/** What a statement about throughput needs: batches that last 5 s on average, first request to last answer, and 50 requests each. */
export const throughputNeeds = { seconds: 5, requests: 50 } as const

/** Time in which chunks ran. */
export const busyMsOf = (batch: BatchResult): number =>
  batch.chunks.reduce((sum, chunk) => sum + (chunk.endMs - chunk.startMs), 0)

/** Completed requests per second of measured time; the pauses between chunks, in which memory is read, do not count. */
export const rateOf = (batch: BatchResult): number => (1000 * batch.completed) / busyMsOf(batch)

/** `21.9, 21.7, 22.0 req/s`. */
export function ratesOf(run: BatchRun): string {
  return `${run.batches.map(batch => formatQuantity(rateOf(batch), 'requests/s').replace(' req/s', '')).join(', ')} req/s`
}

/** Chunks of every batch as the statistics want them; the first ones of a batch with or without its start delay. */
export function throughputGroups(
  run: BatchRun,
  { withStartDelays = true }: { withStartDelays?: boolean } = {},
): { requests: number; seconds: number }[][] {
  return run.batches.map(({ chunks, startDelayMs }) =>
    chunks.map((chunk, i) => {
      const delayMs = i === 0 && !withStartDelays && startDelayMs.state === 'measured' ? startDelayMs.value : 0
      return { requests: chunk.completed, seconds: (chunk.endMs - chunk.startMs - delayMs) / 1000 }
    }),
  )
}

/** What is missing for a statement about throughput; null when it is enough. */
export function enoughForThroughput(run: BatchRun): string | null {
  if (run.batches.length < 2) return `a comparison needs two batches or more; this run has ${run.batches.length}`
  const few = run.batches.find(batch => batch.completed < throughputNeeds.requests)
  if (few)
    return `throughput needs ${throughputNeeds.requests} requests a batch; batch ${few.index + 1} has ${few.completed} (raise PERF_REQUESTS)`
  // On average: an engine that gets faster or slower must not escape its verdict by that.
  const meanSeconds = mean(run.batches.map(({ startMs, endMs }) => (endMs - startMs) / 1000))
  return meanSeconds < throughputNeeds.seconds
    ? `throughput needs batches of ${throughputNeeds.seconds} s; these have ${cut(meanSeconds)} s (raise PERF_REQUESTS)`
    : null
}

/** Not rounded up: 4.998 s are not the 5 s that are needed. */
const cut = (seconds: number): string => (Math.floor(seconds * 100) / 100).toFixed(2)
