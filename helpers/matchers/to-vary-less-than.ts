import type { MatcherState } from 'vitest'
import type { Quantity } from '../units.ts'
import { judgeThroughputVariance } from '../verdicts/index.ts'
import { batchRunOf, type MatcherResult, settle } from './settle.ts'

/** Throughput differs by less than the limit between batches: (max − min) / max. */
export function toVaryLessThan(this: MatcherState, received: unknown, limit: Quantity<'ratio'>): MatcherResult {
  return settle(this, judgeThroughputVariance(batchRunOf(received, 'toVaryLessThan'), limit))
}
