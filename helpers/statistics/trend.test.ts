import { describe, expect, test } from 'vitest'
import { autocorrelationAbout } from './autocorrelation.ts'
import { studentUpperTail } from './distributions.ts'
import { seededRandom, trend } from './index.ts'
import reference from './reference.data.json' with { type: 'json' }
import { normalNumbers } from './seeded-random.ts'

describe('trend', () => {
  test.each(reference.pairs)('slope and tau of $y.length points are as in SciPy', expected => {
    const found = trend(points(expected))
    expect(found?.slope).toBeCloseTo(expected.slope, 10)
    expect(found?.tau).toBeCloseTo(expected.tau, 10)
    expect(found?.n).toBe(expected.y.length)
  })

  // A negative autocorrelation counts as none, so that only Student's t for the normal is left as a difference.
  const uncorrelated = reference.pairs.flatMap(({ z, ...rest }) =>
    z === null || autocorrelationAbout(points(rest), rest.slope) > 0 ? [] : [{ ...rest, z }],
  )

  test('some of the reference series have no autocorrelation', () => {
    expect(uncorrelated.length).toBeGreaterThan(1)
  })

  test.each(uncorrelated)('the test statistic of $y.length points is pymannkendall’s', expected => {
    const n = expected.y.length
    expect(trend(points(expected))?.pValue).toBeCloseTo(2 * studentUpperTail(Math.abs(expected.z), n - 2), 10)
  })

  test('a steady leak is found with its slope, a sawtooth without rise is not', () => {
    const leak = series(12, x => 100 + 3 * x)
    expect(trend(leak)).toEqual({
      slope: 3,
      slopeInterval: [expect.closeTo(3), expect.closeTo(3)],
      pValue: expect.any(Number),
      tau: 1,
      n: 12,
    })
    expect(trend(leak)?.pValue).toBeLessThan(0.01)
    const sawtooth = trend(series(12, x => 100 + (x % 4)))
    expect(sawtooth?.pValue).toBeGreaterThan(0.05)
  })

  test('the interval leaves out 0 when the test finds a trend, in either direction', () => {
    const normal = normalNumbers(seededRandom(11))
    const noise = series(40, () => normal())
    const rising = trend(noise.map(({ x, y }) => ({ x, y: y + 0.2 * x })))
    const falling = trend(noise.map(({ x, y }) => ({ x, y: y - 0.2 * x })))
    expect(rising?.pValue).toBeLessThan(0.001)
    expect(rising?.slopeInterval[0]).toBeGreaterThan(0)
    expect(falling?.pValue).toBeLessThan(0.001)
    expect(falling?.slopeInterval[1]).toBeLessThan(0)
  })

  test('dependent neighbours widen the interval and weaken the evidence', () => {
    const normal = normalNumbers(seededRandom(2))
    const independent = series(60, x => 0.05 * x + normal())
    // The same values sorted into slow waves: the same slope, but neighbours are alike.
    const waves = series(60, x => 0.05 * x + 1.5 * Math.sin(x / 5))
    const width = (points: typeof waves) => {
      const [low = 0, high = 0] = trend(points)?.slopeInterval ?? []
      return high - low
    }
    expect(trend(independent)?.pValue).toBeLessThan(0.01)
    expect(trend(waves)?.pValue).toBeGreaterThan(0.05)
    expect(width(waves)).toBeGreaterThan(2 * width(independent))
  })

  test('a value that never changes has no trend', () => {
    expect(trend(series(20, () => 5))).toEqual({ slope: 0, slopeInterval: [0, 0], pValue: 1, tau: 0, n: 20 })
  })

  test('order does not matter, nor where time starts', () => {
    const normal = normalNumbers(seededRandom(4))
    const found = series(20, x => x + normal())
    const later = found.map(({ x, y }) => ({ x: x + 1e9, y })).reverse()
    expect(trend(later)?.slope).toBeCloseTo(trend(found)?.slope ?? 0, 6)
    expect(trend(later)?.pValue).toBeCloseTo(trend(found)?.pValue ?? 0, 9)
  })

  test('a long series is averaged in blocks: the slope stays, all points are counted', () => {
    const normal = normalNumbers(seededRandom(6))
    const found = trend(series(20_000, x => 0.001 * x + normal()))
    expect(found?.n).toBe(20_000)
    expect(found?.slope).toBeCloseTo(0.001, 4)
    expect(found?.pValue).toBeLessThan(1e-6)
  })

  test('too little says nothing: 7 points, or one and the same x', () => {
    expect(trend(series(7, x => x))).toBeNull()
    expect(trend(series(8, x => x))).not.toBeNull()
    expect(trend(series(20, x => x).map(({ y }) => ({ x: 1, y })))).toBeNull()
  })

  test('a gap in the data is refused', () => {
    expect(() => trend([{ x: 1, y: Number.NaN }])).toThrow('found the point (1, NaN)')
  })
})

function series(n: number, y: (x: number) => number) {
  return Array.from({ length: n }, (_, x) => ({ x, y: y(x) }))
}

function points({ x, y }: { x: number[]; y: number[] }) {
  return y.map((value, index) => ({ x: x[index] ?? Number.NaN, y: value }))
}
