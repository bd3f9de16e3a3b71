import type { MatcherState } from 'vitest'
import { judgeLeakTrend } from '../verdicts/index.ts'
import { batchRunOf, type MatcherResult, settle } from './settle.ts'

/** The engine's memory does not rise with the requests it answers. */
export function toShowNoLeakTrend(this: MatcherState, received: unknown): MatcherResult {
  return settle(this, judgeLeakTrend(batchRunOf(received, 'toShowNoLeakTrend')))
}
