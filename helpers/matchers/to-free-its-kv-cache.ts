import type { MatcherState } from 'vitest'
import { judgeKvCache } from '../verdicts/index.ts'
import { batchRunOf, type MatcherResult, settle } from './settle.ts'

/** The engine's KV cache is empty after every batch. */
export function toFreeItsKvCache(this: MatcherState, received: unknown): MatcherResult {
  return settle(this, judgeKvCache(batchRunOf(received, 'toFreeItsKvCache')))
}
