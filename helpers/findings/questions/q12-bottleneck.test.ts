import { expect, test } from 'vitest'
import { evidenceOf, nothing } from './evidence-for-tests.ts'
import { q12 } from './q12-bottleneck.ts'

const id = '000.limit-discovery.bottleneck'
const run = (value: number) =>
  evidenceOf([
    { id, unit: 'ratio', value, details: ['64 contexts of 512 tokens', '8 in time'], scale: 16 },
    { id: '000.limit-discovery.cpu-busy', unit: 'ratio', value: 0.97 },
  ])

test('more contexts than answers in time: computing', () => {
  expect(q12.answer(run(8))).toEqual({
    state: 'answered',
    answer:
      'In computing: memory holds the contexts of 8.0 times as many requests as are answered in time; ' +
      "the engine took 97.0 % of the machine's CPU (64 contexts of 512 tokens, 8 in time).",
    evidence: [id, '000.limit-discovery.cpu-busy'],
    caveats: ['measured with models of 1/16 of their size'],
  })
})

test('fewer: memory', () => {
  expect(q12.answer(run(0.25))).toMatchObject({
    answer: expect.stringContaining('In memory: 4.0 times as many requests would be answered in time'),
  })
})

test('is open without a number', () => {
  expect(q12.answer(nothing)).toEqual({ state: 'open', needs: expect.stringContaining('npx vitest run') })
})
