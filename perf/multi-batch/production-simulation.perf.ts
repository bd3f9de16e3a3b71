import { describe } from 'vitest'
import { expect, test as perfTest, planTitle, preflightChecks, sizes } from '../../helpers/index.ts'
import { batchTest } from './batch-test.ts'
import { stabilityCriteria } from './stability-criteria.ts'

const plan = sizes({
  full: { batches: 3, requestsPerBatch: 10_000, chunk: 88, promptTokens: 512, outputTokens: 128 },
  standard: { batches: 3, requestsPerBatch: 1_056, chunk: 88, promptTokens: 512, outputTokens: 128 },
  quick: { batches: 3, requestsPerBatch: 132, chunk: 22, promptTokens: 64, outputTokens: 16 },
})

const simulation = { id: '001.production-simulation', model: 'qwen2.5-0.5b', role: 'small', ...plan }

const test = batchTest(simulation)
const preflightTest = perfTest.extend('preflight', { scope: 'file' }, ({ load }) => load.preflight(simulation))

describe('001 · pre-flight', () => {
  preflightTest.for(preflightChecks)('%s', (check, { preflight }) => {
    expect(preflight).toClearPreflight(check)
  })
})

describe(planTitle('001 · 3 × 10K production simulation', plan), () => {
  stabilityCriteria(test)

  test('170,000 requests would fit into memory', ({ batches }) => {
    expect(batches).toHaveMemoryFor(170_000)
  })
})
