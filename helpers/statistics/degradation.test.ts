import { describe, expect, test } from 'vitest'
import { degradation } from './index.ts'

/** Batches at these rates (requests/s); the chunks' times are the mean time multiplied by these. */
const batches = (rates: number[], factors: number[]) =>
  rates.map(rate => factors.map(factor => ({ requests: 22, seconds: (22 / rate) * factor })))

const steady = [1.01, 0.99, 1.005, 0.995]

describe('degradation', () => {
  test('the plan’s warning sign, 0.20, 0.18, 0.16 req/s: 20 %, 10 % a batch', () => {
    const found = degradation(batches([0.2, 0.18, 0.16], steady))
    expect(found).toMatchObject({ monotone: true, n: 12 })
    expect(found.total).toBeCloseTo(0.2, 2)
    expect(found.fallPerGroup).toBeCloseTo(0.1, 2)
    expect(found.interval?.[0]).toBeGreaterThan(0.17)
    expect(found.interval?.[1]).toBeLessThan(0.23)
  })

  test('a rise is a negative fall', () => {
    const found = degradation(batches([0.16, 0.18, 0.2], steady))
    expect(found.total).toBeCloseTo(-0.25, 1)
    expect(found.interval?.[1]).toBeLessThan(0)
    expect(found.monotone).toBe(false)
  })

  test('batches that differ without order are no fall', () => {
    const found = degradation(batches([0.2, 0.16, 0.2], steady))
    expect(found.monotone).toBe(false)
    expect(found.interval?.[0]).toBeLessThan(0)
    expect(found.interval?.[1]).toBeGreaterThan(0)
  })

  test('one slow batch at the end is no trend: its interval is wider than that of as large an even fall', () => {
    const noisy = [1.02, 0.98, 1.015, 0.985, 1.01, 0.99]
    const step = degradation(batches([54.6, 54.2, 47.5], noisy))
    const even = degradation(batches([54.6, 51, 47.5], noisy))
    expect(step.monotone).toBe(true)
    expect(step.interval?.[0]).toBeLessThan(0.1)
    expect(even.interval?.[0]).toBeGreaterThan(0.1)
  })

  test('what every batch repeats does not count', () => {
    const warmingUp = [2, 1.5, 1.2, 1]
    expect(degradation(batches([10, 10, 10], warmingUp)).total).toBeCloseTo(0, 12)
  })

  test('one pause in the last batch is not a fall', () => {
    const [first = [], second = [], third = []] = batches([10, 10, 10], steady)
    const [paused, ...rest] = third
    const found = degradation([first, second, [{ requests: paused?.requests ?? 0, seconds: 60 }, ...rest]])
    expect(Math.abs(found.total)).toBeLessThan(0.02)
    expect(found.interval?.[0]).toBeLessThan(0)
  })

  test('below 8 chunks there is a fall from first to last, without interval', () => {
    expect(degradation(batches([10, 9], [1, 1, 1]))).toEqual({
      fallPerGroup: expect.closeTo(0.1),
      total: expect.closeTo(0.1),
      interval: null,
      monotone: true,
      n: 6,
    })
    expect(degradation(batches([10, 9], [1, 1, 1, 1])).interval).not.toBeNull()
  })

  test('equal batches are not slower than each other', () => {
    expect(degradation(batches([10, 10], [1, 1, 1, 1]))).toMatchObject({ total: 0, monotone: false })
  })

  test('refuses one batch', () => {
    expect(() => degradation(batches([10], steady))).toThrow('needs at least 2')
  })
})
