import { expect, test } from 'vitest'
import { evidenceOf, nothing } from './evidence-for-tests.ts'
import { q1 } from './q1-memory-overhead.ts'

const MIB = 2 ** 20
const overhead = { id: '000.medium-models.overhead.gemma-2-2b', unit: 'bytes', value: 30 * MIB } as const

test('answers for each model, with what the estimate makes of it', () => {
  const run = evidenceOf([
    { ...overhead, scale: 16 },
    { id: '000.medium-models.memory-used.gemma-2-2b', unit: 'bytes', value: 60 * MIB, scale: 16 },
    {
      id: '000.medium-models.predicted-memory.gemma-2-2b',
      unit: 'bytes',
      value: 58 * MIB,
      details: ['weights 30.0 MiB', 'KV cache 4.0 MiB'],
      scale: 16,
    },
  ])
  expect(q1.answer(run)).toEqual({
    state: 'answered',
    answer:
      'Held beyond the bytes of the file, of all that the model held after answering: gemma-2-2b 30.0 MiB of 60.0 MiB. ' +
      'The estimate for gemma-2-2b: weights 30.0 MiB, KV cache 4.0 MiB.',
    evidence: [
      '000.medium-models.overhead.gemma-2-2b',
      '000.medium-models.memory-used.gemma-2-2b',
      '000.medium-models.predicted-memory.gemma-2-2b',
    ],
    caveats: ['measured on models of 1/16 of their size, beside which the process itself weighs more'],
  })
})

test('the numbers alone are an answer, the smallest first', () => {
  const small = { ...overhead, id: '000.medium-models.overhead.qwen2.5-0.5b', value: 10 * MIB }
  expect(q1.answer(evidenceOf([overhead, small]))).toEqual({
    state: 'answered',
    answer:
      'Held beyond the bytes of the file, of all that the model held after answering: qwen2.5-0.5b 10.0 MiB; gemma-2-2b 30.0 MiB.',
    evidence: [small.id, overhead.id],
    caveats: [],
  })
})

test('is open without a number', () => {
  expect(q1.answer(nothing)).toEqual({ state: 'open', needs: expect.stringContaining('npx vitest run') })
})
