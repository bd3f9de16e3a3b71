import type { MatcherState } from 'vitest'
import type { Quantity, Unit } from '../units.ts'
import { judgeLimit, type LimitRule } from '../verdicts/index.ts'
import { type MatcherResult, observationOf, settleObservation } from './settle.ts'

/** What was observed is the limit or more; `wholeModel` where the limit is for a model of its whole size only. */
export function toReach(
  this: MatcherState,
  received: unknown,
  limit: Quantity,
  options: Pick<LimitRule<Unit>, 'wholeModel' | 'advice'> = {},
): MatcherResult {
  const observation = observationOf(received, 'toReach', limit.unit)
  return settleObservation(this, observation, judgeLimit(observation, { allowed: 'at least', limit, ...options }))
}
