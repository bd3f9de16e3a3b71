import { expect, test } from 'vitest'
import { evidenceOf, nothing } from './evidence-for-tests.ts'
import { sweetSpot } from './s7-sweet-spot.ts'

const rates = { a: 200, b: 100, c: 50, d: 10 }
const scores: Record<string, number> = { a: 40, b: 60, c: 65, d: 68 }
const run = evidenceOf(
  Object.entries(rates).map(([name, value]) => ({
    id: `000.limit-discovery.decode-rate.${name}`,
    unit: 'tokens/s' as const,
    value,
  })),
)
const score = (name: string) => ({ benchmark: 'MMLU', score: scores[name] ?? 0, source: 'the makers' })

test('answers with the knee: what comes after it costs more time for less', () => {
  expect(sweetSpot(score).answer(run)).toEqual({
    state: 'answered',
    answer:
      'At b: 10 ms a token for MMLU 60 (a 5.00 ms a token, 40; b 10 ms a token, 60; c 20 ms a token, 65; d 100 ms a token, 68).',
    evidence: ['a', 'b', 'c', 'd'].map(name => `000.limit-discovery.decode-rate.${name}`),
    caveats: ['capability not measured here: published scores (MMLU: the makers)'],
  })
})

test('the knee moves with the scores', () => {
  const late = (name: string) => ({ ...score(name), score: { a: 40, b: 41, c: 64, d: 66 }[name] ?? 0 })
  expect(sweetSpot(late).answer(run)).toMatchObject({ answer: expect.stringMatching(/^At c:/) })
})

test('is open with fewer than three models, or scores', () => {
  expect(sweetSpot(score).answer(nothing)).toEqual({ state: 'open', needs: expect.stringContaining('npx vitest run') })
  expect(sweetSpot(() => null).answer(run)).toEqual({ state: 'open', needs: expect.stringContaining('published') })
})

test('scores of another benchmark are not compared', () => {
  const mixed = (name: string) => ({ ...score(name), benchmark: name === 'd' ? 'MMLU-Pro' : 'MMLU' })
  expect(sweetSpot(mixed).answer(run)).toMatchObject({ answer: expect.not.stringContaining('; d ') })
})
