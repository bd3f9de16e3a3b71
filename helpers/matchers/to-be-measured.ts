import type { MatcherState } from 'vitest'
import { judgeMeasured } from '../verdicts/index.ts'
import { type MatcherResult, observationOf, settle } from './settle.ts'

/** There is a number, or the reason why this machine or engine has none. For what the plans want measured, not limited. */
export function toBeMeasured(this: MatcherState, received: unknown): MatcherResult {
  return settle(this, judgeMeasured(observationOf(received, 'toBeMeasured', null)))
}
