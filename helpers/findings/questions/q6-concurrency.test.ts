import { expect, test } from 'vitest'
import { evidenceWith } from './evidence-for-tests.ts'
import { q6 } from './q6-concurrency.ts'

const tpot = (requests: number, value: number) => ({
  id: `000.concurrency.tpot-at-${requests}`,
  unit: 'ms' as const,
  value,
  scale: 16,
})
const rate = (requests: number, value: number) => ({
  id: `000.concurrency.rate-at-${requests}`,
  unit: 'tokens/s' as const,
  value,
  scale: 16,
})
const given = (...metrics: Parameters<typeof evidenceWith>[0]) => evidenceWith(metrics)

test('answers with one request, the most, and what they get together', () => {
  const instances = { id: '000.concurrency.instances-rate', unit: 'ratio' as const, value: 0.9, scale: 16 }
  const evidence = given(tpot(8, 16), tpot(1, 5), tpot(2, 6), rate(1, 150), rate(8, 480), instances)
  expect(q6.answer(evidence)).toEqual({
    state: 'answered',
    answer:
      'A token of one request takes 5.00 ms when it is alone and 16 ms when 8 run at once, 3.20 times as long. ' +
      'All of them together get 480 tok/s against 150 tok/s: 40.0 % of what 8 times one would be. ' +
      'Several instances with the same requests between them reach 0.90 times the rate of one instance.',
    evidence: [
      '000.concurrency.tpot-at-1',
      '000.concurrency.tpot-at-8',
      '000.concurrency.rate-at-1',
      '000.concurrency.rate-at-8',
      '000.concurrency.instances-rate',
    ],
    caveats: ['measured with a model of 1/16 of its size'],
  })
})

test('answers without what was not measured', () => {
  expect(q6.answer(given(tpot(1, 5), tpot(4, 10)))).toMatchObject({
    state: 'answered',
    answer: expect.stringMatching(/2\.00 times as long\.$/),
    evidence: ['000.concurrency.tpot-at-1', '000.concurrency.tpot-at-4'],
  })
})

test('one number of requests is none, and what would answer it is said', () => {
  expect(q6.answer(given(tpot(1, 5)))).toEqual({
    state: 'open',
    needs: 'several numbers of requests at once: npx vitest run perf/optimisation/concurrency',
  })
  const reason = { ...given(), reason: () => 'the engine died' }
  expect(q6.answer(reason)).toEqual({ state: 'open', needs: 'the engine died' })
})

test('what the run was not sure of is said', () => {
  const run = evidenceWith([tpot(1, 5), tpot(8, 16)], {}, { '000.concurrency.tpot-at-8': 'the host was disturbed' })
  expect(q6.answer(run)).toMatchObject({
    caveats: expect.arrayContaining(['the host was disturbed']),
  })
})
