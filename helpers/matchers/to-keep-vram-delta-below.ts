import type { MatcherState } from 'vitest'
import type { Quantity } from '../units.ts'
import { judgeVramDelta } from '../verdicts/index.ts'
import { batchRunOf, type MatcherResult, settle } from './settle.ts'

/** The engine's memory grows by less than the limit from the first to the last batch. */
export function toKeepVramDeltaBelow(this: MatcherState, received: unknown, limit: Quantity<'bytes'>): MatcherResult {
  return settle(this, judgeVramDelta(batchRunOf(received, 'toKeepVramDeltaBelow'), limit))
}
