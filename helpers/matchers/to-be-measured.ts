import type { MatcherState } from 'vitest'
import { judgeMeasured } from '../verdicts/index.ts'
import { type MatcherResult, observationOf, settleObservation } from './settle.ts'

/** There is a number, or the reason why this machine or engine has none. For what the plans want measured, not limited. */
export function toBeMeasured(this: MatcherState, received: unknown): MatcherResult {
  const observation = observationOf(received, 'toBeMeasured', null)
  return settleObservation(this, observation, judgeMeasured(observation))
}
