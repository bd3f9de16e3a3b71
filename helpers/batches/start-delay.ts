import { absent, measured } from '../measured.ts'
import type { BatchResult } from './batch-run.ts'

/**
 * How much later than in the quickest batch the first token of each batch came. The fastest TTFT of a batch's first
 * chunk is compared, because a reload makes every request of that chunk wait.
 */
export function withStartDelays(batches: BatchResult[]): BatchResult[] {
  const fastest = batches.map(batch => {
    const first = batch.ttftMs.slice(0, batch.chunks[0]?.completed ?? 0)
    return first.length === 0 ? null : Math.min(...first)
  })
  const known = fastest.filter(ms => ms !== null)
  const quickestMs = Math.min(...known)
  return batches.map((batch, i) => {
    const ms = fastest[i]
    return {
      ...batch,
      startDelayMs:
        ms === null || ms === undefined
          ? absent(
              batch.completed > batch.ttftMs.length
                ? 'the Batch API does not tell when a first token came'
                : 'no request of the first chunk completed',
            )
          : measured(Math.max(0, ms - quickestMs)),
    }
  })
}
