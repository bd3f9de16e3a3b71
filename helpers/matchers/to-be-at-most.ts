import type { MatcherState } from 'vitest'
import type { Quantity, Unit } from '../units.ts'
import { judgeLimit, type LimitRule } from '../verdicts/index.ts'
import { type MatcherResult, observationOf, settleObservation } from './settle.ts'

/** What was observed is the limit or less, for counts: `expect(mixedUp).toBeAtMost(count(0))`. */
export function toBeAtMost(
  this: MatcherState,
  received: unknown,
  limit: Quantity,
  options: Pick<LimitRule<Unit>, 'wholeModel' | 'advice'> = {},
): MatcherResult {
  const observation = observationOf(received, 'toBeAtMost', limit.unit)
  return settleObservation(this, observation, judgeLimit(observation, { allowed: 'at most', limit, ...options }))
}
