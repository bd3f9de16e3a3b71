import { describe, expect, test } from 'vitest'
import { rangeInterval } from './range-interval.ts'
import reference from './reference.data.json' with { type: 'json' }

/** k estimates with variance 1: the first at the bottom, the last at the top, the rest between. */
const estimates = (k: number, range: number, freedom: number) =>
  Array.from({ length: k }, (_, index) => ({ value: (range * index) / (k - 1), variance: 1, freedom }))

describe('rangeInterval', () => {
  // Off the border by more than the error of the draws, which is large where few degrees of freedom make long tails.
  test.each(reference.range)(
    'k = $k, $freedom degrees: starts above 0 from the studentised range of SciPy on',
    expected => {
      const { k, freedom, studentizedRange } = expected
      const off = freedom < 9 ? 0.15 : 0.04
      expect(rangeInterval(estimates(k, (1 - off) * studentizedRange, freedom), true)[0]).toBe(0)
      expect(rangeInterval(estimates(k, (1 + off) * studentizedRange, freedom), true)[0]).toBeGreaterThan(0)
    },
  )

  test.each(reference.range.filter(({ k }) => k === 2))(
    'two means far apart, $freedom degrees: Student’s interval',
    ({ freedom, t }) => {
      const [low, high] = rangeInterval(estimates(2, 100, freedom), true)
      const halfWidth = t * Math.SQRT2
      expect(Math.abs(100 - low - halfWidth)).toBeLessThan(0.06 * halfWidth)
      expect(Math.abs(high - 100 - halfWidth)).toBeLessThan(0.06 * halfWidth)
    },
  )

  test('own variances: the upper end of two means is Welch’s', () => {
    const [slow, fast] = [
      { value: 0, variance: 4, freedom: 9 },
      { value: 100, variance: 1, freedom: 20 },
    ]
    // Welch–Satterthwaite: 25 / (16/9 + 1/20) = 13.68 degrees, t = 2.1495.
    expect(
      rangeInterval(
        [slow, fast].flatMap(each => each ?? []),
        false,
      )[1],
    ).toBeCloseTo(100 + 2.1495 * Math.sqrt(5), 2)
  })

  test('luck narrows nothing: equal estimates are as uncertain as a pair of them', () => {
    // Student's t for 9 degrees of freedom, 2.262.
    expect(rangeInterval(estimates(3, 0, 9), true)).toEqual([0, expect.closeTo(2.262 * Math.SQRT2, 2)])
  })

  test('without noise it is the range itself', () => {
    const exact = [3, 1, 2].map(value => ({ value, variance: 0, freedom: 9 }))
    expect(rangeInterval(exact, true)).toEqual([2, 2])
    expect(rangeInterval(exact, false)).toEqual([2, 2])
  })
})
