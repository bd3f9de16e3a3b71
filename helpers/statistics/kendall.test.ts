import { describe, expect, test } from 'vitest'
import { comparePairs, scoreVariance, senInterval } from './kendall.ts'
import { quantileOfSorted } from './quantile.ts'
import { midRanks } from './ranks.ts'
import reference from './reference.data.json' with { type: 'json' }

describe('without autocorrelation', () => {
  test.each(reference.pairs)('slope of $y.length points is as in SciPy', expected => {
    const { slopes } = comparePairs(points(expected))
    expect(quantileOfSorted(slopes, 0.5)).toBeCloseTo(expected.slope, 10)
  })

  const ofMannKendall = reference.pairs.flatMap(({ score, variance, senInterval, ...rest }) =>
    score === null || variance === null || senInterval === null ? [] : [{ ...rest, score, variance, senInterval }],
  )

  test.each(ofMannKendall)(
    'S, its variance and Sen’s interval of $y.length points are as in pymannkendall and SciPy',
    expected => {
      const { slopes, score } = comparePairs(points(expected))
      expect(score).toBe(expected.score)
      const variance = scoreVariance([], midRanks(expected.y).tieSizes, expected.y.length)
      expect(variance).toBeCloseTo(expected.variance, 8)
      const [low = 0, high = 0] = expected.senInterval
      const found = senInterval(slopes, 1.959963984540054 * Math.sqrt(variance))
      expect(found[0]).toBeCloseTo(low, 10)
      expect(found[1]).toBeCloseTo(high, 10)
    },
  )
})

test('Sen’s interval ends at the outermost slopes', () => {
  const slopes = Float64Array.from([1, 2, 3, 4, 5])
  expect(senInterval(slopes, 2)).toEqual([2, 5])
  expect(senInterval(slopes, 100)).toEqual([1, 5])
})

function points({ x, y }: { x: number[]; y: number[] }) {
  return y.map((value, index) => ({ x: x[index] ?? Number.NaN, y: value }))
}
