import { describe, expect, test } from 'vitest'
import { coverageOfDegradation, coverageOfRatio, coverageOfRelativeRange, coverageOfTrend } from './simulations.ts'

/*
 * A part of what coverage.ts prints. A hundred repetitions are uncertain by 2 points: 91 % is 95 % less two deviations. The
 * simulations are seeded, so that a check that passes keeps passing.
 */
const plain = { shape: 'even', rho: 0, firstNoise: 1 } as const

describe('relativeRange holds the true range', () => {
  const cases = [3, 5].flatMap(groups =>
    [4, 12, 57].flatMap(chunks => [0, 0.05, 0.1, 0.2].map(range => ({ groups, chunks, range }))),
  )

  test.each(cases)('$groups batches of $chunks chunks, true range $range', ({ groups, chunks, range }) => {
    const found = coverageOfRelativeRange({ ...plain, groups, chunks, range, noise: 0.05 }, chunks === 57 ? 60 : 100)
    expect(found.covered).toBeGreaterThanOrEqual(0.91)
  })

  test('and is narrow: equal batches of 4 chunks with 3 % noise pass a limit of 10 %', () => {
    const found = coverageOfRelativeRange({ ...plain, groups: 3, chunks: 4, range: 0, noise: 0.03 }, 100)
    expect(found.width).toBeLessThan(0.07)
  })

  test('batches of unequal noise and chunks that depend on each other do not fool it', () => {
    const unequal = { ...plain, groups: 3, chunks: 12, range: 0.1, noise: 0.03, firstNoise: 3 }
    expect(coverageOfRelativeRange(unequal, 100).covered).toBeGreaterThanOrEqual(0.91)
    const dependent = { ...plain, groups: 3, chunks: 57, range: 0, noise: 0.03, rho: 0.6 }
    expect(coverageOfRelativeRange(dependent, 60).covered).toBeGreaterThanOrEqual(0.91)
  })
})

describe('degradation holds the true fall', () => {
  test.each([
    [3, 4, 0],
    [3, 4, 0.2],
    [5, 12, 0],
    [5, 12, 0.05],
  ])('%i batches of %i chunks, true fall %f', (groups, chunks, range) => {
    const found = coverageOfDegradation({ ...plain, groups, chunks, range, noise: 0.03 }, 200)
    expect(found.covered).toBeGreaterThanOrEqual(0.91)
    if (range > 0) expect(found.excludesZero).toBeGreaterThanOrEqual(0.95)
  })

  test('chunks that depend on each other do not fool it', () => {
    const dependent = { ...plain, groups: 3, chunks: 57, range: 0, noise: 0.03, rho: 0.6 }
    expect(coverageOfDegradation(dependent, 100).covered).toBeGreaterThanOrEqual(0.91)
  })
})

describe('trend', () => {
  test.each([
    [12, 0],
    [12, 0.5],
    [30, 0],
    [30, 0.5],
    [100, 0],
    [100, 0.5],
  ])('calls noise of %i points with ρ = %f a trend about once in 20 times', (points, rho) => {
    const found = coverageOfTrend({ points, rho, slope: 0 }, points === 100 ? 150 : 400)
    expect(found.significant).toBeLessThanOrEqual(0.08)
    expect(found.covered).toBeGreaterThanOrEqual(0.91)
  })

  test.each([
    [12, 0, 10],
    [30, 0, 4],
    [100, 0.5, 4],
  ])('finds a rise over %i points with ρ = %f of %f times the noise', (points, rho, rise) => {
    const found = coverageOfTrend({ points, rho, slope: rise / (points - 1) }, 100)
    expect(found.significant).toBeGreaterThanOrEqual(0.9)
    expect(found.covered).toBeGreaterThanOrEqual(0.91)
  })
})

test.each([5, 10, 30])('ratioInterval of %i values each holds the true ratio', size => {
  expect(coverageOfRatio(size, 0.1, 1.2, 150).covered).toBeGreaterThanOrEqual(0.91)
})
