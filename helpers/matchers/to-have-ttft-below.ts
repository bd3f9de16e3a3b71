import type { MatcherState } from 'vitest'
import type { Quantity } from '../units.ts'
import { judgeTtft } from '../verdicts/index.ts'
import { batchRunOf, type MatcherResult, settle } from './settle.ts'

/** A percentile of the time to first token lies below the limit. */
export function toHaveTtftBelow(
  this: MatcherState,
  received: unknown,
  limit: Quantity<'ms'>,
  { percentile }: { percentile: number },
): MatcherResult {
  return settle(this, judgeTtft(batchRunOf(received, 'toHaveTtftBelow'), limit, percentile))
}
