import { expect, test } from 'vitest'
import { evidenceOf, nothing } from './evidence-for-tests.ts'
import { q3 } from './q3-memory-prediction.ts'

const prediction = (falseFits: number) =>
  evidenceOf([
    { id: '000.limit-discovery.prediction.cases', unit: 'count', value: 22 },
    { id: '000.limit-discovery.prediction.right', unit: 'count', value: 21 - falseFits, scale: 16 },
    { id: '000.limit-discovery.prediction.false-fits', unit: 'count', value: falseFits },
    { id: '000.limit-discovery.prediction.false-alarms', unit: 'count', value: 1 },
    { id: '000.limit-discovery.prediction.ratio', unit: 'ratio', value: 1.034, details: ['0.99 to 1.08 in 12 cases'] },
  ])

test('answers with the score, and on what it rests', () => {
  expect(q3.answer(prediction(0))).toEqual({
    state: 'answered',
    answer:
      'Yes: "does it fit?" was answered rightly 21 of 22 times before it was tried; 0 that were said to fit did not, ' +
      '1 that were said not to fit did. What was predicted is 1.03 times what was taken (0.99 to 1.08 in 12 cases).',
    evidence: ['right', 'cases', 'false-fits', 'false-alarms', 'ratio'].map(
      what => `000.limit-discovery.prediction.${what}`,
    ),
    caveats: ['tried with models of 1/16 of their size'],
  })
})

test('one that was said to fit and died is no yes', () => {
  expect(q3.answer(prediction(1))).toMatchObject({
    answer: expect.stringMatching(/^Not reliably: .* 1 that were said/),
  })
})

test('is open with the reason of the run, or the command', () => {
  expect(q3.answer(nothing)).toEqual({ state: 'open', needs: expect.stringContaining('npx vitest run') })
  expect(q3.answer({ ...nothing, reason: () => 'no GGUF' })).toEqual({ state: 'open', needs: 'no GGUF' })
})
