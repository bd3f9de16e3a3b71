import type { MatcherState } from 'vitest'
import type { Quantity } from '../units.ts'
import { judgeDegradation } from '../verdicts/index.ts'
import { batchRunOf, type MatcherResult, settle } from './settle.ts'

/** Throughput falls by less than the limit from the first to the last batch. */
export function toShowNoDegradation(this: MatcherState, received: unknown, limit: Quantity<'ratio'>): MatcherResult {
  return settle(this, judgeDegradation(batchRunOf(received, 'toShowNoDegradation'), limit))
}
