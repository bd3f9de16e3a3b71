import type { MatcherState } from 'vitest'
import { judgeAccounts } from '../verdicts/index.ts'
import { batchRunOf, type MatcherResult, settle } from './settle.ts'

/** Every custom_id that was submitted came back once, and no other did. */
export function toAccountForEveryRequest(this: MatcherState, received: unknown): MatcherResult {
  return settle(this, judgeAccounts(batchRunOf(received, 'toAccountForEveryRequest')))
}
