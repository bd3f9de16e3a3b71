import { expect, test } from 'vitest'
import { bootstrapInterval, mean, ratioOfEstimates, seededRandom } from './index.ts'

test('by what factor the second is larger, by hand', () => {
  // ln 1.1 each way: the root of the sum of squares is ln 1.1 · √2.
  const even = { value: 10, interval: [10 / 1.1, 11] } as const
  const { value, interval } = ratioOfEstimates(even, { value: 20, interval: [20 / 1.1, 22] })
  expect(value).toBe(2)
  expect(interval?.[0]).toBeCloseTo(2 / 1.1 ** Math.SQRT2, 9)
  expect(interval?.[1]).toBeCloseTo(2 * 1.1 ** Math.SQRT2, 9)
})

test('each end comes from the ends that it depends on', () => {
  const exact = { value: 10, interval: [10, 10] } as const
  const skewed = { value: 10, interval: [9, 20] } as const
  expect(ratioOfEstimates(exact, skewed).interval?.[0]).toBeCloseTo(0.9, 9)
  expect(ratioOfEstimates(exact, skewed).interval?.[1]).toBeCloseTo(2, 9)
  expect(ratioOfEstimates(skewed, exact).interval?.[0]).toBeCloseTo(0.5, 9)
  expect(ratioOfEstimates(skewed, exact).interval?.[1]).toBeCloseTo(10 / 9, 9)
})

test.for([
  [
    { value: 1, interval: null },
    { value: 2, interval: [1, 3] },
  ],
  [
    { value: 1, interval: [0, 3] },
    { value: 2, interval: [1, 3] },
  ],
  [
    { value: 1, interval: [1, 1] },
    { value: -2, interval: [-3, -1] },
  ],
] as const)('no interval from %o', ([a, b]) => {
  expect(ratioOfEstimates(a, b)).toEqual({ value: b.value / a.value, interval: null })
})

test('covers the truth as often as its parts do', () => {
  const random = seededRandom(7)
  const sample = (centre: number) => Array.from({ length: 20 }, () => centre * (0.7 + 0.6 * random()))
  const estimate = (values: number[]) => ({
    value: mean(values),
    interval: bootstrapInterval(values, mean, { seed: 1, resamples: 400 }),
  })
  const repetitions = 300
  const covered = Array.from({ length: repetitions }, () => {
    const [low, high] = ratioOfEstimates(estimate(sample(1)), estimate(sample(3))).interval ?? [0, 0]
    return low <= 3 && 3 <= high
  }).filter(Boolean).length
  expect(covered / repetitions).toBeGreaterThan(0.9)
  expect(covered / repetitions).toBeLessThan(0.99)
})
