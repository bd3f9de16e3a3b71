import { expect, test } from 'vitest'
import { evidenceOf, nothing } from './evidence-for-tests.ts'
import { s2 } from './s2-best-mix.ts'

const GIB = 2 ** 30
const metric = (id: string, value: number, unit: 'bytes' | 'count' | 'ratio' = 'bytes') => ({
  id,
  unit,
  value,
  scale: 16,
})
const sizes = [
  metric('003.real-world-scenarios.model-bytes.qwen2.5-0.5b', 0.9 * GIB),
  metric('003.real-world-scenarios.model-bytes.qwen2.5-1.5b', 1.6 * GIB),
  metric('003.real-world-scenarios.model-bytes.qwen2.5-3b', 2.9 * GIB),
  metric('003.real-world-scenarios.budget', 4.71 * GIB),
]

test('the largest model with what fits beside it, and what would fit instead', () => {
  const evidence = evidenceOf([
    ...sizes,
    metric('003.concurrent-capacity.mixed-models', 3, 'count'),
    metric('003.concurrent-capacity.instances.qwen2.5-0.5b', 5, 'count'),
    metric('003.real-world-scenarios.hit-rate.pool', 0.58, 'ratio'),
  ])
  expect(s2.answer(evidence)).toEqual({
    state: 'answered',
    answer:
      'Within 4.71 GiB the largest model that leaves room for others is the main one: 1 × qwen2.5-3b and 2 × qwen2.5-0.5b (4.70 GiB). ' +
      'Instead of it: 1 × qwen2.5-1.5b and 3 × qwen2.5-0.5b (4.30 GiB); 5 × qwen2.5-0.5b (4.50 GiB). ' +
      "3 models of such a mix answer at the same time within the plan's budget. Of qwen2.5-0.5b alone 5 do. " +
      "With that budget 58.0 % of the requests for models by Zipf's law found theirs loaded.",
    evidence: [
      '003.real-world-scenarios.budget',
      '003.real-world-scenarios.model-bytes.qwen2.5-3b',
      '003.real-world-scenarios.model-bytes.qwen2.5-1.5b',
      '003.real-world-scenarios.model-bytes.qwen2.5-0.5b',
      '003.concurrent-capacity.mixed-models',
      '003.concurrent-capacity.instances.qwen2.5-0.5b',
      '003.real-world-scenarios.hit-rate.pool',
    ],
    caveats: ['measured with models of 1/16 of their size, each with a whole process', 'capability not measured here'],
  })
})

test('without the other specs it answers from the pool alone', () => {
  expect(s2.answer(evidenceOf(sizes))).toMatchObject({
    state: 'answered',
    answer: expect.not.stringContaining('Zipf'),
  })
})

test('is open without a budget, with the reason of the run or the command', () => {
  expect(s2.answer(nothing)).toEqual({ state: 'open', needs: expect.stringContaining('real-world') })
  const remote = { ...nothing, reason: () => 'a pool needs to know what models take' }
  expect(s2.answer(remote)).toEqual({ state: 'open', needs: 'a pool needs to know what models take' })
})
