import { describe } from 'vitest'
import { expect, test as perfTest, planTitle, sizes } from '../../helpers/index.ts'
import { batchTest } from './batch-test.ts'
import { stabilityCriteria } from './stability-criteria.ts'

const plan = sizes({
  full: { batches: 3, requestsPerBatch: 5_000, chunk: 88, promptTokens: 512, outputTokens: 128 },
  standard: { batches: 3, requestsPerBatch: 528, chunk: 88, promptTokens: 512, outputTokens: 128 },
  quick: { batches: 3, requestsPerBatch: 66, chunk: 22, promptTokens: 64, outputTokens: 16 },
})

const request = { id: '001.batch-api', model: 'qwen2.5-0.5b', role: 'small', ...plan, via: 'batch-api' } as const

const test = batchTest(request)
const preflightTest = perfTest.extend('preflight', { scope: 'file' }, ({ load }) => load.preflight(request))

describe('001 · pre-flight of the Batch API', () => {
  preflightTest('the batch before is complete', ({ preflight }) => {
    expect(preflight).toClearPreflight('idle')
  })
})

describe(planTitle('001 · 3 × 5K through /v1/files and /v1/batches', plan), () => {
  test('every custom_id is accounted for', ({ batches }) => {
    expect(batches).toAccountForEveryRequest()
  })

  stabilityCriteria(test)
})
