import { expect, test } from 'vitest'
import { evidenceOf, nothing } from './evidence-for-tests.ts'
import { q11 } from './q11-sustainable-load.ts'

const id = '000.limit-discovery.concurrency.qwen2.5-0.5b'

test('answers for each model', () => {
  const run = evidenceOf([
    { id, unit: 'count', value: 8, details: ['median TTFT 96 ms of 125 ms'], scale: 16 },
    { id: '000.limit-discovery.concurrent-rate.qwen2.5-0.5b', unit: 'tokens/s', value: 412 },
  ])
  expect(q11.answer(run)).toEqual({
    state: 'answered',
    answer: 'qwen2.5-0.5b: 8 requests at once, 412 tok/s in all (median TTFT 96 ms of 125 ms).',
    evidence: [id, '000.limit-discovery.concurrent-rate.qwen2.5-0.5b'],
    caveats: ['measured with models of 1/16 of their size, and a limit of time that is as much shorter'],
  })
})

test('of a whole model nothing is held back', () => {
  expect(q11.answer(evidenceOf([{ id, unit: 'count', value: 3, details: ['x'] }]))).toMatchObject({ caveats: [] })
})

test('is open without a number', () => {
  expect(q11.answer(nothing)).toEqual({ state: 'open', needs: expect.stringContaining('npx vitest run') })
})
