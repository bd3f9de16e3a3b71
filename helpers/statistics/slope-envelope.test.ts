import { describe, expect, test } from 'vitest'
import { slopeEnvelope } from './index.ts'

const series = (ys: number[]) => ys.map((y, x) => ({ x, y }))

describe('slopeEnvelope', () => {
  test('is one slope for a straight line', () => {
    expect(slopeEnvelope(series([0, 2, 4, 6, 8, 10, 12]))).toEqual([2, 2])
  })

  test('begins at 0 for a single step, wherever it is', () => {
    expect(slopeEnvelope(series([0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9]))?.[0]).toBe(0)
    expect(slopeEnvelope(series([0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]))?.[0]).toBe(0)
  })

  test('counts only pairs a third of the span apart: jitter of neighbours is divided by their distance', () => {
    // Span 6, so pairs at least 2 apart: the steepest are (0, 0) to (3, 1) and its mirror, 1 / 3.
    const [low, high] = slopeEnvelope(series([0, 1, 0, 1, 0, 1, 0])) ?? [0, 0]
    expect(high).toBeCloseTo(1 / 3)
    expect(low).toBeCloseTo(-1 / 3)
  })

  test('is null when there is no span', () => {
    expect(slopeEnvelope([])).toBeNull()
    expect(slopeEnvelope([{ x: 1, y: 1 }])).toBeNull()
  })
})
