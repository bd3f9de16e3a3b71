import { describe, expect, test } from 'vitest'
import { Series } from './series.ts'

describe('window', () => {
  test('statistics of the samples between two times, both included', () => {
    const series = new Series()
    for (const [atMs, value] of [[0, 9], [100, 4], [200, 1], [300, 7], [400, 9]] as const) series.push(atMs, value) // biome-ignore format: pairs
    expect(series.window(100, 300)).toEqual({
      state: 'measured',
      value: { n: 3, first: 4, last: 7, min: 1, max: 7, mean: 4, delta: 3 },
    })
  })

  test('absent where there is no sample', () => {
    expect(new Series().window(0, 1)).toMatchObject({ state: 'absent' })
    const series = new Series()
    series.push(5, 1)
    expect(series.window(6, 9)).toMatchObject({ state: 'absent', reason: 'no sample was taken in this window' })
  })
})

describe('points', () => {
  test('all of them where they are few enough, else both peaks of each share', () => {
    const series = new Series()
    const values = [5, 5, 5, 90, 5, 5, 5, 5, -70, 5, 5, 5]
    for (const [i, value] of values.entries()) series.push(i, value)
    expect(series.points(0, 11, 12)).toHaveLength(12)
    const few = series.points(0, 11, 4)
    expect(few).toHaveLength(4)
    expect(few.map(({ value }) => value)).toEqual(expect.arrayContaining([90, -70]))
    expect(few.map(({ atMs }) => atMs)).toEqual(few.map(({ atMs }) => atMs).sort((a, b) => a - b))
    expect(series.points(0, 11, 1)).toEqual([{ atMs: 3, value: 90 }])
    expect(series.points(0, 11, 0)).toEqual([])
  })
})

describe('over two days at 10 Hz', () => {
  const days = 2
  const spikeAt = 1_000_000
  const counter = new Series()
  const gauge = new Series()
  const samples = days * 86_400 * 10
  for (let i = 0; i < samples; i++) {
    counter.push(i * 100, i * 3)
    gauge.push(i * 100, i * 100 === spikeAt ? 999 : i % 7)
  }

  test('memory stays flat', () => {
    // An hour and a tenth as they came, and the old points.
    expect(counter.length).toBeLessThan(39_600 + 1 + 32_768)
    expect(counter.length).toBeGreaterThan(36_000)
  })

  test('a peak of one sample on the first day is still there', () => {
    expect(gauge.window(0, samples * 100)).toMatchObject({ value: { min: 0, max: 999 } })
    expect(gauge.points(0, samples * 100, 100)).toContainEqual({ atMs: spikeAt, value: 999 })
  })

  test("a counter's rise is exact over all and right to a bucket within the first day", () => {
    expect(counter.window(0, samples * 100)).toMatchObject({ value: { first: 0, delta: (samples - 1) * 3 } })
    const hour = counter.window(36_000_000, 39_600_000)
    // 36,000 samples; a bucket holds at most 128 at this age, at either edge.
    const delta = hour.state === 'measured' ? hour.value.delta / 3 : 0
    expect(delta).toBeGreaterThan(36_000 - 256)
    expect(delta).toBeLessThanOrEqual(36_000)
  })

  test('the last hour is as it came', () => {
    const end = samples * 100
    expect(gauge.window(end - 3_600_000, end)).toMatchObject({ value: { n: 36_000 } })
  })
})
