import { describe, expect, test } from 'vitest'
import { autocorrelationAbout, autocorrelationWithin, prewhitened } from './autocorrelation.ts'
import { normalNumbers, seededRandom } from './seeded-random.ts'

const normal = normalNumbers(seededRandom(9))
const series = (n: number, rho: number) => {
  let value = normal()
  return Array.from({ length: n }, () => {
    value = rho * value + Math.sqrt(1 - rho ** 2) * normal()
    return value
  })
}

describe('autocorrelationWithin', () => {
  const centred = (values: number[]) => {
    const mean = values.reduce((a, b) => a + b) / values.length
    return values.map(value => value - mean)
  }

  test('is found where it is, 0 where it is not', () => {
    const correlated = [0.6, 0.6, 0.6].map(rho => centred(series(100, rho)))
    const independent = [0, 0, 0].map(rho => centred(series(100, rho)))
    expect(Math.abs(autocorrelationWithin(correlated) - 0.6)).toBeLessThan(0.15)
    expect(autocorrelationWithin(independent)).toBe(0)
  })

  test('cannot be told from four chunks', () => {
    expect(
      autocorrelationWithin([
        [-3, -1, 1, 3],
        [-3, -1, 1, 3],
      ]),
    ).toBe(0)
  })
})

describe('autocorrelationAbout', () => {
  const average = (n: number, rho: number, slope: number) => {
    const found = Array.from({ length: 300 }, () =>
      autocorrelationAbout(
        series(n, rho).map((value, x) => ({ x, y: value + slope * x })),
        slope,
      ),
    )
    return found.reduce((a, b) => a + b) / found.length
  }

  test('is found without bias beside a slope, in few points too', () => {
    expect(Math.abs(average(30, 0.5, 2) - 0.5)).toBeLessThan(0.06)
    expect(Math.abs(average(200, 0.5, 2) - 0.5)).toBeLessThan(0.03)
  })

  test('is 0 for a perfect line, whatever its rounding errors, and for values that alternate', () => {
    expect(
      autocorrelationAbout(
        Array.from({ length: 20 }, (_, x) => ({ x, y: 0.1 * x })),
        0.1,
      ),
    ).toBe(0)
    expect(
      autocorrelationAbout(
        Array.from({ length: 20 }, (_, x) => ({ x, y: x % 2 })),
        0,
      ),
    ).toBe(0)
  })
})

describe('prewhitened', () => {
  test('keeps the slope of a line, over uneven x too', () => {
    const points = [0, 1, 2, 5, 9].map(x => ({ x, y: 3 + 2 * x }))
    const [first, ...rest] = prewhitened(points, 0.5)
    expect(rest).toHaveLength(3)
    for (const { x, y } of rest) expect((y - (first?.y ?? 0)) / (x - (first?.x ?? 0))).toBeCloseTo(2, 12)
  })

  test('takes out what the predecessor tells', () => {
    const points = series(500, 0.8).map((y, x) => ({ x, y }))
    expect(autocorrelationAbout(prewhitened(points, 0.8), 0)).toBeLessThan(0.1)
  })

  test('leaves independent points as they are', () => {
    const points = [{ x: 1, y: 2 }]
    expect(prewhitened(points, 0)).toBe(points)
  })
})
