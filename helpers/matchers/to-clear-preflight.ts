import type { MatcherState } from 'vitest'
import { judgePreflight, type PreflightCheck, type PreflightFacts } from '../preflight/index.ts'
import { type MatcherResult, settle } from './settle.ts'

/** One check before a long run finds what it must. */
export function toClearPreflight(
  this: MatcherState,
  received: { id: string; facts: PreflightFacts },
  check: PreflightCheck,
): MatcherResult {
  return settle(this, judgePreflight(received.id, check, received.facts))
}
