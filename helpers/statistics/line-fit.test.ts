import { expect, test } from 'vitest'
import { lineFit } from './index.ts'

/** NIST Statistical Reference Datasets, Norris (linear least squares): y and x, in pairs. */
const norris = `0.1 0.2 338.8 337.4 118.1 118.2 888.0 884.6 9.2 10.1 228.1 226.5 668.5 666.3 998.5 996.3 449.1 448.6
778.9 777.0 559.2 558.2 0.3 0.4 0.1 0.6 778.1 775.5 668.8 666.9 339.3 338.0 448.9 447.5 10.8 11.6 557.7 556.0 228.3 228.1
998.0 995.8 888.8 887.6 119.6 120.2 0.3 0.3 0.6 0.3 557.6 556.8 339.3 339.1 888.0 887.2 998.5 999.0 778.9 779.0 10.2 11.1
117.6 118.3 228.9 229.2 668.4 669.1 449.2 448.9 0.2 0.5`
  .split(/\s+/)
  .map(Number)
const pairs = Array.from({ length: norris.length / 2 }, (_, i) => ({
  y: norris[2 * i] ?? Number.NaN,
  x: norris[2 * i + 1] ?? Number.NaN,
}))

test("the certified values of NIST's Norris data", () => {
  const fit = lineFit(pairs)
  expect(fit?.n).toBe(36)
  expect(fit?.slope).toBeCloseTo(1.00211681802045, 11)
  expect(fit?.intercept).toBeCloseTo(-0.262323073774029, 9)
  expect(fit?.rSquared).toBeCloseTo(0.999993745883712, 12)
  // Student's t of 34 degrees of freedom at 97.5 % (SciPy) times the certified standard deviation of the slope.
  const margin = 2.032244509 * 0.000429796848199937
  expect((fit?.slopeInterval?.[1] ?? 0) - (fit?.slope ?? 0)).toBeCloseTo(margin, 11)
  expect((fit?.slope ?? 0) - (fit?.slopeInterval?.[0] ?? 0)).toBeCloseTo(margin, 11)
})

test('two points lie on a line, without an interval; fewer, or one x, make none', () => {
  expect(lineFit([{ x: 1, y: 3 }, { x: 3, y: 7 }])).toEqual({ slope: 2, slopeInterval: null, intercept: 1, rSquared: 1, n: 2 }) // biome-ignore format: one line
  expect(lineFit([{ x: 1, y: 3 }])).toBeNull()
  expect(lineFit([{ x: 1, y: 3 }, { x: 1, y: 7 }])).toBeNull() // biome-ignore format: one line
})

test('what was not measured is refused', () => {
  expect(() => lineFit([{ x: 1, y: Number.NaN }, { x: 2, y: 1 }])).toThrow(/finite|NaN/) // biome-ignore format: one line
})
