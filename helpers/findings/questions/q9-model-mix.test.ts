import { expect, test } from 'vitest'
import { evidenceOf, nothing } from './evidence-for-tests.ts'
import { modelMix } from './q9-model-mix.ts'

const MIB = 2 ** 20
const run = evidenceOf([
  { id: '000.limit-discovery.decode-rate.small', unit: 'tokens/s', value: 210, scale: 16 },
  { id: '000.limit-discovery.memory.small', unit: 'bytes', value: 100 * MIB },
  { id: '000.limit-discovery.decode-rate.large', unit: 'tokens/s', value: 48, scale: 16 },
  { id: '000.limit-discovery.memory.large', unit: 'bytes', value: 220 * MIB },
])
const score = (name: string) => ({ benchmark: 'MMLU', score: name === 'large' ? 65 : 47, source: 'the makers' })

test('answers with a fast one and a good one, and what both take', () => {
  expect(modelMix(score).answer(run)).toEqual({
    state: 'answered',
    answer:
      'For short answers that must be quick small (210 tok/s, 0.10 GiB, MMLU 47), for answers that must be good ' +
      'large (48.0 tok/s, 0.21 GiB, MMLU 65); together they take 0.31 GiB.',
    evidence: ['decode-rate.small', 'memory.small', 'decode-rate.large', 'memory.large'].map(
      what => `000.limit-discovery.${what}`,
    ),
    caveats: [
      'capability not measured here: published scores (MMLU: the makers)',
      'speed and memory of models of 1/16 of their size',
    ],
  })
})

test('one that is the best at both is the answer alone', () => {
  const answer = modelMix(name => ({ ...score(name), score: name === 'small' ? 70 : 60 })).answer(run)
  expect(answer).toMatchObject({ answer: expect.stringContaining('One for everything: small') })
})

test('is open without speeds, and without published scores', () => {
  expect(modelMix(score).answer(nothing)).toEqual({ state: 'open', needs: expect.stringContaining('npx vitest run') })
  expect(modelMix(() => null).answer(run)).toEqual({
    state: 'open',
    needs: expect.stringContaining('published scores'),
  })
})
