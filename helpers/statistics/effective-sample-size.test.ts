import { expect, test } from 'vitest'
import { effectiveSampleSize } from './index.ts'
import reference from './reference.data.json' with { type: 'json' }

test.each(reference.descriptive)(
  '$values.length values count for n(1 − ρ)/(1 + ρ), from 2 to n',
  ({ values, lag1 }) => {
    const n = values.length
    expect(effectiveSampleSize(values)).toBeCloseTo(Math.min(n, Math.max(2, (n * (1 - lag1)) / (1 + lag1))), 6)
  },
)

test('values that drift count for few, values that alternate for no more than they are', () => {
  const drifting = Array.from({ length: 100 }, (_, index) => index)
  const alternating = drifting.map(index => index % 2)
  expect(effectiveSampleSize(drifting)).toBe(2)
  expect(effectiveSampleSize(alternating)).toBe(100)
  expect(effectiveSampleSize(drifting.map(() => 7))).toBe(100)
})

test('one value is refused', () => {
  expect(() => effectiveSampleSize([1])).toThrow('needs at least 2')
})
