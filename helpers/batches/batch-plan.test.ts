import { expect, test } from 'vitest'
import { type BatchPlan, requestsFor } from './batch-plan.ts'

const plan: BatchPlan = {
  batches: 3,
  requestsPerBatch: 66,
  chunk: 22,
  promptTokens: 64,
  outputTokens: 16,
  pauseMs: 0,
  isExact: false,
}

test('a batch that would be too short for a statement grows by whole chunks', () => {
  expect(requestsFor(plan, 10)).toBe(66)
  // 20 a second for 5.1 s are 102 requests.
  expect(requestsFor(plan, 20)).toBe(110)
  expect(requestsFor({ ...plan, isExact: true }, 20)).toBe(66)
})
