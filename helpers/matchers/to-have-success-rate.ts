import type { MatcherState } from 'vitest'
import type { Quantity } from '../units.ts'
import { judgeSuccessRate } from '../verdicts/index.ts'
import { batchRunOf, type MatcherResult, settle } from './settle.ts'

/** At least this share of the requests came back as complete streams. */
export function toHaveSuccessRate(this: MatcherState, received: unknown, rate: Quantity<'ratio'>): MatcherResult {
  return settle(this, judgeSuccessRate(batchRunOf(received, 'toHaveSuccessRate'), rate))
}
