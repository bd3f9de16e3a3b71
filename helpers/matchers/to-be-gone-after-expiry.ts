import type { MatcherState } from 'vitest'
import type { Quantity } from '../units.ts'
import { judgeExpiry } from '../verdicts/index.ts'
import { expirySightingOf, type MatcherResult, settle } from './settle.ts'

/** An idle model is unloaded soon after its keep-alive is over. */
export function toBeGoneAfterExpiry(
  this: MatcherState,
  received: unknown,
  { within }: { within: Quantity<'ms'> },
): MatcherResult {
  const { id, expiry } = expirySightingOf(received, 'toBeGoneAfterExpiry')
  return settle(this, judgeExpiry(id, expiry, within))
}
