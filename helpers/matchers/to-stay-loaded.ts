import type { MatcherState } from 'vitest'
import { judgeResidency } from '../verdicts/index.ts'
import { batchRunOf, type MatcherResult, settle } from './settle.ts'

/** The same instance of the model served every batch: no reload, no eviction. */
export function toStayLoaded(this: MatcherState, received: unknown): MatcherResult {
  return settle(this, judgeResidency(batchRunOf(received, 'toStayLoaded')))
}
