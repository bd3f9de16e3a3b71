import { absent, type Measured, measured } from '../measured.ts'
import { type Observation, observe } from '../observations/index.ts'
import type { Metric, Point, Sampler } from '../sampling/index.ts'
import { median, ratioInterval } from '../statistics/index.ts'
import { formatQuantity } from '../units.ts'
import type { Estimate } from '../verdicts/assessment.ts'

const heatMetrics = [
  'cpuTemperatureC',
  'gpuTemperatureC',
  'cpuClockMhz',
  'gpuClockMhz',
  'cpuThrottleCount',
  'gpuThrottled',
] as const satisfies Metric[]

type HeatMetric = (typeof heatMetrics)[number]

/** In less a machine has not warmed up: what heat does to its speed cannot show. */
const WARM_UP_MS = 60_000

/** A window of sustained load: what the sensors told, and how fast the work went. */
export interface SustainedLoad {
  fromMs: number
  toMs: number
  series: Record<HeatMetric, Measured<readonly Point[]>>
  /** One point a finished piece of work (a request, a chunk), with its speed in any one unit. */
  speed: readonly Point[]
}

/** What heat did in the window. Everything without a sensor is absent with the reason. */
export interface HeatRecord {
  /** Of CPU and GPU. */
  highestC: Measured
  /** Share of the speed in the first third that is gone in the last one, medians; negative where it rose. */
  sag: Measured<Estimate>
  /** The same of the clocks: of the CPU or the GPU, whichever fell more. */
  clockDrop: Measured
  /** Throttle events of the CPU, and samples in which a GPU was throttled. */
  throttleEvents: Measured
  /** The temperature when the first of them was counted; absent where there was none, with how hot it became. */
  throttlePointC: Measured
}

/** The sensors' series of a window, from the sampler. */
export async function sustainedLoad(
  sampler: Pick<Sampler, 'window' | 'points'>,
  { fromMs, toMs, speed }: Pick<SustainedLoad, 'fromMs' | 'toMs' | 'speed'>,
): Promise<SustainedLoad> {
  const entries = await Promise.all(
    heatMetrics.map(async metric => {
      const window = await sampler.window(metric, fromMs, toMs)
      const points =
        window.state === 'absent'
          ? window
          : measured(await sampler.points(metric, fromMs, toMs, Number.MAX_SAFE_INTEGER))
      return [metric, points] as const
    }),
  )
  return { fromMs, toMs, series: Object.fromEntries(entries) as SustainedLoad['series'], speed }
}

/**
 * Reads a window for signs of heat. Speed and clocks of its first third are held against those of its last; both are
 * absent for a window of less than a minute, in which no machine warms up.
 */
export function heatOf(load: SustainedLoad): HeatRecord {
  const { cpuTemperatureC, gpuTemperatureC, cpuClockMhz, gpuClockMhz } = load.series
  const temperatures = oneOf([cpuTemperatureC, gpuTemperatureC])
  const clocks = [cpuClockMhz, gpuClockMhz].map(series => dropOf(load, series))
  const first = firstThrottled(load.series)
  return {
    highestC: temperatures.state === 'absent' ? temperatures : measured(highest(temperatures.value.flat())),
    sag: sagOf(load),
    clockDrop: best(clocks, Math.max),
    throttleEvents: throttleEvents(load.series),
    throttlePointC: throttlePoint(temperatures, first),
  }
}

/** The record as numbers of a spec, `<prefix>.<what>`. */
export function heatObservations(
  prefix: string,
  record: HeatRecord,
  { data, spoiledBy = null }: { data: string; spoiledBy?: string | null },
): { highest: Observation<'celsius'>; all: Observation[] } {
  const about = { data, spoiledBy }
  const highest = observe({
    id: `${prefix}.highest-temperature`,
    title: 'highest temperature under sustained load',
    unit: 'celsius',
    value: record.highestC,
    ...about,
    // A reading of a sensor is what it is, whoever warmed the machine.
    spoiledBy: null,
  })
  return {
    highest,
    all: [
      highest,
      observe({
        id: `${prefix}.throughput-sag`,
        title: 'throughput lost from the first to the last third of the load',
        unit: 'ratio',
        value: record.sag,
        ...about,
      }),
      observe({
        id: `${prefix}.clock-drop`,
        title: 'clock lost from the first to the last third of the load',
        unit: 'ratio',
        value: record.clockDrop,
        ...about,
      }),
      observe({
        id: `${prefix}.throttle-events`,
        title: 'times that clocks were throttled under load',
        unit: 'count',
        value: record.throttleEvents,
        ...about,
      }),
      observe({
        id: `${prefix}.throttle-point`,
        title: 'temperature at which clocks were first throttled',
        unit: 'celsius',
        value: record.throttlePointC,
        ...about,
      }),
    ],
  }
}

function tooShort({ fromMs, toMs }: SustainedLoad): { state: 'absent'; reason: string } | null {
  if (toMs - fromMs >= WARM_UP_MS) return null
  return absent(`what heat does shows after minutes, and the load took ${formatQuantity(toMs - fromMs, 'ms')}`)
}

function sagOf(load: SustainedLoad): Measured<Estimate> {
  const short = tooShort(load)
  if (short) return short
  const [first, last] = thirds(load, load.speed)
  if (first.length === 0 || last.length === 0 || median(first) <= 0)
    return absent('nothing was finished in the first or the last third of the load')
  const interval = ratioInterval(first, last)
  return measured({
    value: 1 - median(last) / median(first),
    interval: interval && ([1 - interval[1], 1 - interval[0]] as const),
  })
}

function dropOf(load: SustainedLoad, series: Measured<readonly Point[]>): Measured {
  if (series.state === 'absent') return series
  const short = tooShort(load)
  if (short) return short
  const [first, last] = thirds(load, series.value)
  if (first.length === 0 || last.length === 0) return absent('too few samples of the clock')
  return measured(1 - median(last) / median(first))
}

function thirds({ fromMs, toMs }: SustainedLoad, points: readonly Point[]): [first: number[], last: number[]] {
  const third = (toMs - fromMs) / 3
  const values = (from: number, to: number) =>
    points.filter(({ atMs }) => atMs >= from && atMs <= to).map(({ value }) => value)
  return [values(fromMs, fromMs + third), values(toMs - third, toMs)]
}

/** A counter of the CPU rises; a GPU's gauge is above 0 in the samples in which it was throttled. */
function throttleEvents({ cpuThrottleCount, gpuThrottled }: SustainedLoad['series']): Measured {
  const cpu = mapped(cpuThrottleCount, points => (points.at(-1)?.value ?? 0) - (points[0]?.value ?? 0))
  const gpu = mapped(gpuThrottled, points => points.filter(({ value }) => value > 0).length)
  return best([cpu, gpu], (...counts) => counts.reduce((sum, count) => sum + count, 0))
}

/** When throttling was first seen; null for never; absent where nothing counts it. */
function firstThrottled({ cpuThrottleCount, gpuThrottled }: SustainedLoad['series']): Measured<number | null> {
  const cpu = mapped(cpuThrottleCount, ([start, ...rest]) => rest.find(({ value }) => value > (start?.value ?? value)))
  const gpu = mapped(gpuThrottled, points => points.find(({ value }) => value > 0))
  const both = oneOf([cpu, gpu])
  if (both.state === 'absent') return both
  const times = both.value.flatMap(point => (point === undefined ? [] : [point.atMs]))
  return measured(times.length === 0 ? null : Math.min(...times))
}

function throttlePoint(temperatures: Measured<(readonly Point[])[]>, first: Measured<number | null>): Measured {
  if (temperatures.state === 'absent') return temperatures
  if (first.state === 'absent') return first
  const points = temperatures.value.flat()
  const atMs = first.value
  if (atMs === null) return absent(`no throttling was counted up to ${highest(points).toFixed(1)} °C`)
  // Sensors are read once a second: the sample nearest to the event, the hotter of CPU and GPU.
  const nearest = temperatures.value.flatMap(series => {
    const [point] = series.toSorted((a, b) => Math.abs(a.atMs - atMs) - Math.abs(b.atMs - atMs))
    return point === undefined ? [] : [point]
  })
  return measured(highest(nearest))
}

const highest = (points: readonly Point[]): number => Math.max(...points.map(({ value }) => value))

const mapped = <T, U>(value: Measured<T>, fold: (value: T) => U): Measured<U> =>
  value.state === 'absent' ? value : measured(fold(value.value))

/** All that are there; absent with the first one's reason where none is. */
function oneOf<T>(values: readonly Measured<T>[]): Measured<T[]> {
  const there = values.flatMap(value => (value.state === 'measured' ? [value.value] : []))
  const [first] = values
  return there.length === 0 && first?.state === 'absent' ? first : measured(there)
}

function best(values: readonly Measured[], fold: (...values: number[]) => number): Measured {
  return mapped(oneOf(values), there => fold(...there))
}
