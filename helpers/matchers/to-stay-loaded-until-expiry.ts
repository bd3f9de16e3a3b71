import type { MatcherState } from 'vitest'
import { judgeNoEarlyExpiry } from '../verdicts/index.ts'
import { expirySightingOf, type MatcherResult, settle } from './settle.ts'

/** An idle model stays loaded until its keep-alive is over. */
export function toStayLoadedUntilExpiry(this: MatcherState, received: unknown): MatcherResult {
  const { id, expiry } = expirySightingOf(received, 'toStayLoadedUntilExpiry')
  return settle(this, judgeNoEarlyExpiry(id, expiry))
}
