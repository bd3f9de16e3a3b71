import { expect, test } from 'vitest'
import { mean, median, standardDeviation } from './index.ts'
import reference from './reference.data.json' with { type: 'json' }

test.each(reference.descriptive)('mean, median and deviation of $values.length values are as in NumPy', expected => {
  expect(mean(expected.values)).toBeCloseTo(expected.mean, 9)
  expect(median(expected.values)).toBeCloseTo(expected.median, 9)
  expect(standardDeviation(expected.values)).toBeCloseTo(expected.standardDeviation, 9)
})

test('too few values are refused, not answered with 0', () => {
  expect(() => mean([])).toThrow('found 0 value(s), needs at least 1')
  expect(() => median([])).toThrow('found 0 value(s), needs at least 1')
  expect(() => standardDeviation([1])).toThrow('found 1 value(s), needs at least 2')
})
