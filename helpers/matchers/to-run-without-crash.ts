import type { MatcherState } from 'vitest'
import { judgeCrashes } from '../verdicts/index.ts'
import { batchRunOf, type MatcherResult, settle } from './settle.ts'

/** No connection was refused or cut, and the engine reported no lack of memory. */
export function toRunWithoutCrash(this: MatcherState, received: unknown): MatcherResult {
  return settle(this, judgeCrashes(batchRunOf(received, 'toRunWithoutCrash')))
}
