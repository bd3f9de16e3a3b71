import { expect, test } from 'vitest'
import { evidenceWith, nothing } from './evidence-for-tests.ts'
import { q8 } from './q8-batching.ts'

const ID = '000.concurrency.batching-gain'
const given = (value: number, interval?: [number, number], doubts: Record<string, string> = {}) =>
  evidenceWith([{ id: ID, unit: 'ratio', value, ...(interval && { interval }), scale: 16 }], {}, doubts)

test('answers with the gain and its interval', () => {
  expect(q8.answer(given(3.14, [2.9, 3.4]))).toEqual({
    state: 'answered',
    answer:
      'Yes: requests that run at once get 3.14 [2.90, 3.40] times the tokens a second of requests that run one after the other.',
    evidence: ['000.concurrency.batching-gain'],
    caveats: ['measured with a model of 1/16 of its size'],
  })
})

test.for([
  [0.8, [0.7, 0.9], /^No: .* 0\.80 \[0\.70, 0\.90\] times/],
  [1.05, [0.9, 1.2], /^Not that it could be told from noise: /],
] as const)('a gain of %f is none', ([value, interval, words]) => {
  expect(q8.answer(given(value, [...interval]))).toMatchObject({ answer: expect.stringMatching(words) })
})

test('is open without a measurement', () => {
  expect(q8.answer(nothing)).toEqual({
    state: 'open',
    needs: 'the spec that measures it: npx vitest run perf/optimisation/concurrency',
  })
})

test('what the run was not sure of is said', () => {
  expect(q8.answer(given(2, undefined, { [ID]: 'the host was disturbed' }))).toMatchObject({
    caveats: expect.arrayContaining(['the host was disturbed']),
  })
})
