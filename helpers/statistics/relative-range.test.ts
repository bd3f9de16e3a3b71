import { describe, expect, test } from 'vitest'
import { CouldNotMeasureError } from '../errors.ts'
import { relativeRange } from './index.ts'

/** Batches at these rates (requests/s); the chunks' times differ from the mean by these shares. */
const batches = (rates: number[], deviations: number[]) =>
  rates.map(rate => deviations.map(deviation => ({ requests: 22, seconds: (22 / rate) * (1 + deviation) })))

const steady = [-0.01, 0.01, -0.005, 0.005]
const noisy = [-0.1, 0.1, -0.05, 0.05]

describe('relativeRange', () => {
  test('the plan’s examples: 0.20, 0.19, 0.20 is 5 %, 0.20, 0.18, 0.16 is 20 %', () => {
    expect(relativeRange(batches([0.2, 0.19, 0.2], steady))).toMatchObject({ value: expect.closeTo(0.05), n: 12 })
    expect(relativeRange(batches([0.2, 0.18, 0.16], steady)).value).toBeCloseTo(0.2)
  })

  test('throughput is requests over time: chunks of unequal size weigh what they are', () => {
    const uneven = [
      { requests: 90, seconds: 10 },
      { requests: 10, seconds: 10 },
    ]
    const even = [
      { requests: 50, seconds: 10 },
      { requests: 50, seconds: 10 },
    ]
    expect(relativeRange([uneven, even]).value).toBeCloseTo(0, 12)
  })

  test('a clear difference lies inside its interval, away from 0', () => {
    const { value, interval } = relativeRange(batches([0.2, 0.18, 0.16], steady))
    const [low = 0, high = 0] = interval ?? []
    expect(low).toBeGreaterThan(0.17)
    expect(low).toBeLessThan(value)
    expect(high).toBeGreaterThan(value)
    expect(high).toBeLessThan(0.23)
  })

  test('a difference that noise explains has an interval that starts at 0', () => {
    const { value, interval } = relativeRange(batches([0.2, 0.196, 0.204], noisy))
    expect(value).toBeGreaterThan(0.03)
    expect(interval?.[0]).toBe(0)
    expect(interval?.[1]).toBeGreaterThan(value)
    expect(interval?.[1]).toBeLessThan(0.2)
  })

  test('without any noise the interval is the value', () => {
    const { interval } = relativeRange(batches([10, 8], [0, 0, 0]))
    expect(interval).toEqual([expect.closeTo(0.2), expect.closeTo(0.2)])
  })

  test('the same data give the same interval', () => {
    const data = batches([0.2, 0.19, 0.2], noisy)
    expect(relativeRange(data)).toEqual(relativeRange(data))
  })

  test('one chunk a batch has a value, but no interval', () => {
    expect(relativeRange(batches([10, 9], [0]))).toEqual({ value: expect.closeTo(0.1), interval: null, n: 2 })
  })

  test('a chunk in which nothing completed still takes its time', () => {
    const stalled = [
      { requests: 0, seconds: 5 },
      { requests: 10, seconds: 5 },
      { requests: 0, seconds: 5 },
      { requests: 10, seconds: 5 },
    ]
    const healthy = [
      { requests: 10, seconds: 10 },
      { requests: 10, seconds: 10 },
    ]
    expect(relativeRange([stalled, healthy])).toMatchObject({ value: 0, n: 4 })
  })

  test('refuses what has no range: one batch, a batch without completions, impossible numbers', () => {
    const [first = []] = batches([10], [0])
    expect(() => relativeRange([first])).toThrow(CouldNotMeasureError)
    expect(() => relativeRange([first])).toThrow('found 1 group(s) of chunks, needs at least 2')
    expect(() => relativeRange([first, []])).toThrow('no request completed in group 2')
    expect(() => relativeRange([first, [{ requests: 0, seconds: 3 }]])).toThrow('no request completed in group 2')
    expect(() => relativeRange([first, [{ requests: 1, seconds: 0 }]])).toThrow('a chunk of 1 requests in 0 s')
    expect(() => relativeRange([first, [{ requests: Number.NaN, seconds: 1 }]])).toThrow(CouldNotMeasureError)
  })
})
