import { describe, expect, test } from 'vitest'
import { CouldNotMeasureError } from '../errors.ts'
import { minimumSamplesFor, quantile, quantileInterval } from './index.ts'
import reference from './reference.data.json' with { type: 'json' }

describe('quantile', () => {
  test.each(reference.quantile)('$q of $values.length values is as in NumPy', ({ values, q, expected }) => {
    expect(quantile(values, q)).toBeCloseTo(expected, 10)
  })

  test('leaves its input in place', () => {
    const values = [3, 1, 2]
    expect(quantile(values, 0.5)).toBe(2)
    expect(values).toEqual([3, 1, 2])
  })

  test('refuses nothing at all, what is not a number, and a percentage', () => {
    expect(() => quantile([], 0.5)).toThrow(CouldNotMeasureError)
    expect(() => quantile([1, Number.NaN], 0.5)).toThrow('value 2 of 2 is NaN')
    expect(() => quantile([1, 2], 95)).toThrow('0.95, not 95')
  })
})

describe('minimumSamplesFor', () => {
  // The table of MLPerf's early stopping at 99 % confidence.
  const published = [
    [0.5, 11],
    [0.75, 24],
    [0.8, 31],
    [0.9, 64],
    [0.95, 130],
    [0.97, 219],
    [0.99, 662],
    [0.999, 6636],
    [0.9999, 66381],
  ] as const

  test.each(published)('%f needs %i', (q, expected) => {
    expect(minimumSamplesFor(q)).toBe(expected)
  })

  test('a low quantile needs as many as its mirror image', () => {
    expect(minimumSamplesFor(0.05)).toBe(130)
  })

  test('refuses 0 and 1, which no number of samples can show', () => {
    expect(() => minimumSamplesFor(1)).toThrow('between 0 and 1')
    expect(() => minimumSamplesFor(0)).toThrow(CouldNotMeasureError)
  })
})

describe('quantileInterval', () => {
  test.each(reference.quantileInterval)(
    '$q of $values.length values with confidence $confidence is as in SciPy',
    ({ values, q, confidence, expected }) => {
      expect(quantileInterval(values, q, confidence)).toEqual(expected)
    },
  )

  test('is 95 % unless said otherwise, and null when there are too few values', () => {
    const values = [1, 2, 3, 4, 5, 6]
    expect(quantileInterval(values, 0.5)).toEqual([1, 6])
    expect(quantileInterval(values.slice(1), 0.5)).toBeNull()
    expect(quantileInterval([], 0.5)).toBeNull()
  })

  test('stays exact for a million requests', () => {
    const values = Float64Array.from({ length: 1_000_000 }, (_, index) => index + 1)
    // scipy.stats.binom.ppf([0.025, 0.975], 1_000_000, 0.95), the upper one plus 1.
    expect(quantileInterval([...values], 0.95)).toEqual([949_572, 950_428])
  })
})
