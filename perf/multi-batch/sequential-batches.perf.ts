import { describe } from 'vitest'
import { planTitle, sizes } from '../../helpers/index.ts'
import { batchTest } from './batch-test.ts'
import { stabilityCriteria } from './stability-criteria.ts'

const plan = sizes({
  full: { batches: 3, requestsPerBatch: 5_000, chunk: 88, promptTokens: 512, outputTokens: 128 },
  standard: { batches: 3, requestsPerBatch: 528, chunk: 88, promptTokens: 512, outputTokens: 128 },
  quick: { batches: 3, requestsPerBatch: 66, chunk: 22, promptTokens: 64, outputTokens: 16 },
})

const test = batchTest({ id: '001.sequential-batches', model: 'qwen2.5-0.5b', role: 'small', ...plan })

describe(planTitle('001 · 3 × 5K sequential batches', plan), () => {
  stabilityCriteria(test)
})
