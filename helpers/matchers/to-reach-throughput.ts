import type { MatcherState } from 'vitest'
import { judgeExpectedThroughput } from '../verdicts/index.ts'
import { batchRunOf, type MatcherResult, settle } from './settle.ts'

/** Throughput reaches what the user expects; not applicable without a figure. */
export function toReachThroughput(
  this: MatcherState,
  received: unknown,
  requestsPerSecond: number | null,
): MatcherResult {
  return settle(this, judgeExpectedThroughput(batchRunOf(received, 'toReachThroughput'), requestsPerSecond))
}
