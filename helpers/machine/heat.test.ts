import { describe, expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import type { Point } from '../sampling/index.ts'
import { heatObservations, heatOf, type SustainedLoad, sustainedLoad } from './heat.ts'

const seconds = 90
const none = absent('no sensor')
const series = (of: (second: number) => number): Point[] =>
  Array.from({ length: seconds + 1 }, (_, second) => ({ atMs: second * 1000, value: of(second) }))

const load = (
  sensors: Partial<SustainedLoad['series']>,
  speed: readonly Point[] = series(second => 20 + (second % 3)),
): SustainedLoad => ({
  fromMs: 0,
  toMs: seconds * 1000,
  series: {
    cpuTemperatureC: none,
    gpuTemperatureC: none,
    cpuClockMhz: none,
    gpuClockMhz: none,
    cpuThrottleCount: none,
    gpuThrottled: none,
    ...sensors,
  },
  speed,
})

/** A machine that becomes hot, is throttled from 60 s on at 85 °C, and is a quarter slower then. */
const throttled = load(
  {
    cpuTemperatureC: measured(series(second => Math.min(86, 55 + second / 2))),
    cpuClockMhz: measured(series(second => (second < 60 ? 3200 : 2400))),
    cpuThrottleCount: measured(series(second => 7 + Math.max(0, second - 59))),
  },
  series(second => (second < 60 ? 20 : 15) + (second % 3) / 10),
)

describe('a machine that is throttled', () => {
  test('how hot, from which point on, how often, and what it cost', () => {
    const record = heatOf(throttled)
    expect(record.highestC).toEqual(measured(86))
    expect(record.throttlePointC).toEqual(measured(85))
    expect(record.throttleEvents).toEqual(measured(31))
    expect(record.clockDrop).toEqual(measured(0.25))
    if (record.sag.state === 'absent') throw new Error(record.sag.reason)
    const { value, interval } = record.sag.value
    expect(value).toBeCloseTo(0.25, 2)
    expect(interval?.[0]).toBeGreaterThan(0.23)
    expect(interval?.[1]).toBeLessThan(0.27)
  })

  test('a GPU: samples in which it was throttled, and the hotter of the two', () => {
    const record = heatOf(
      load({
        cpuTemperatureC: measured(series(() => 50)),
        gpuTemperatureC: measured(series(second => 60 + second / 3)),
        gpuClockMhz: measured(series(second => 1800 - second * 5)),
        gpuThrottled: measured(series(second => (second === 75 ? 1 : 0))),
      }),
    )
    expect(record).toMatchObject({
      highestC: measured(90),
      throttlePointC: measured(85),
      throttleEvents: measured(1),
    })
    expect(record.clockDrop.state === 'measured' && record.clockDrop.value).toBeGreaterThan(0.15)
  })
})

test('a cool machine: no throttling, and no sag whose interval leaves 0 out', () => {
  const record = heatOf(
    load({ cpuTemperatureC: measured(series(() => 61)), cpuThrottleCount: measured(series(() => 7)) }),
  )
  expect(record.throttleEvents).toEqual(measured(0))
  expect(record.throttlePointC).toEqual(absent('no throttling was counted up to 61.0 °C'))
  expect(record.sag).toMatchObject({ state: 'measured', value: { value: 0 } })
})

test('a machine without sensors has reasons in their place, and the sag all the same', () => {
  const record = heatOf(load({}))
  expect(record).toMatchObject({ highestC: none, clockDrop: none, throttleEvents: none, throttlePointC: none })
  expect(record.sag.state).toBe('measured')
  expect(heatOf(load({}, [])).sag).toMatchObject({ state: 'absent' })
})

test('in a few seconds no machine warms up: how hot it was is told, and no sag', () => {
  const record = heatOf({ ...throttled, fromMs: 58_000, toMs: 64_000 })
  expect(record.highestC.state).toBe('measured')
  expect(record.sag).toEqual(absent('what heat does shows after minutes, and the load took 6.00 s'))
  expect(record.clockDrop.state).toBe('absent')
})

test('the sampler tells the series of a window', async () => {
  const sampled = await sustainedLoad(
    {
      window: async metric =>
        metric === 'cpuTemperatureC'
          ? measured({ n: 1, first: 60, last: 60, min: 60, max: 60, mean: 60, delta: 0 })
          : absent(`no ${metric}`),
      points: async () => [{ atMs: 5, value: 60 }],
    },
    { fromMs: 0, toMs: 10, speed: [] },
  )
  expect(sampled.series.cpuTemperatureC).toEqual(measured([{ atMs: 5, value: 60 }]))
  expect(sampled.series.gpuClockMhz).toEqual(absent('no gpuClockMhz'))
})

test('as numbers of a spec: a disturbed host spoils comparisons, not the thermometer', () => {
  const { highest, all } = heatObservations('000.spec.heat', heatOf(throttled), {
    data: '90 s',
    spoiledBy: 'the host was disturbed',
  })
  expect(all.map(({ id }) => id)).toEqual([
    '000.spec.heat.highest-temperature',
    '000.spec.heat.throughput-sag',
    '000.spec.heat.clock-drop',
    '000.spec.heat.throttle-events',
    '000.spec.heat.throttle-point',
  ])
  expect(highest.spoiledBy).toBeNull()
  expect(all[1]?.spoiledBy).toBe('the host was disturbed')
})
