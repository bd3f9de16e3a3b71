import type { MatcherState } from 'vitest'
import { judgeProjection } from '../verdicts/index.ts'
import { batchRunOf, type MatcherResult, settle } from './settle.ts'

/** A longer run of so many requests would fit into the memory that is free. */
export function toHaveMemoryFor(this: MatcherState, received: unknown, requests: number): MatcherResult {
  return settle(this, judgeProjection(batchRunOf(received, 'toHaveMemoryFor'), requests))
}
