import { expect, test } from 'vitest'
import { confirmationPlan } from './index.ts'

test.each([
  [3, 5000, 88, 1],
  [3, 88, 22, 2],
  [3, 44, 22, 3],
  [3, 22, 22, 3],
  [5, 10, 22, 5],
])(
  'of %d batches of %d requests in chunks of %d, %d are measured again',
  (batches, requestsPerBatch, chunk, expected) => {
    const plan = { batches, requestsPerBatch, chunk, promptTokens: 64, outputTokens: 16, pauseMs: 0, isExact: false }
    expect(confirmationPlan(plan)).toEqual({ ...plan, batches: expected })
  },
)
