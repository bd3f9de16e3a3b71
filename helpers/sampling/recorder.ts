import { absent, type Measured } from '../measured.ts'
import { type Metric, metricKinds, type Point, type Reading, type WindowStatistics } from './metrics.ts'
import { Series } from './series.ts'
import type { SeriesFile } from './series-file.ts'
import type { Instant, Source } from './sources/source.ts'

const allMetrics = Object.keys(metricKinds).filter((key): key is Metric => key in metricKinds)

/** Takes samples from all sources, keeps them in memory and appends them to the file. */
export class Recorder {
  readonly #sources: readonly Source[]
  readonly #file: SeriesFile
  readonly #beforeSample: (instant: Instant) => void
  readonly #series = new Map<Metric, Series>()
  readonly #absent = new Map<Metric, string>()
  #absentChanged = false

  /** `beforeSample` brings up to date what several sources share. */
  constructor(sources: readonly Source[], file: SeriesFile, beforeSample: (instant: Instant) => void) {
    this.#sources = sources
    this.#file = file
    this.#beforeSample = beforeSample
  }

  /** The first, complete sample, and the file's first line. */
  start(atMs: number, iso: string): Reading {
    const { metrics, values } = this.#take({ atMs, complete: true })
    const reasons = Object.fromEntries(this.#absent)
    this.#absentChanged = false
    this.#file.append({ schema: 1, anchor: { iso, atMs: rounded(atMs) }, absent: reasons })
    this.#file.append({ t: rounded(atMs), v: values })
    return { atMs, metrics: complete(metrics) }
  }

  /** A sample of what is due. */
  tick(atMs: number): void {
    this.#append(atMs, this.#take({ atMs, complete: false }).values)
  }

  /** A sample of every metric, whatever it costs. */
  read(atMs: number): Reading {
    const { metrics, values } = this.#take({ atMs, complete: true })
    this.#append(atMs, values)
    return { atMs, metrics: complete(metrics) }
  }

  window(metric: Metric, fromMs: number, toMs: number): Measured<WindowStatistics> {
    const statistics = this.#series.get(metric)?.window(fromMs, toMs)
    if (statistics?.state === 'measured') return statistics
    const reason = this.#absent.get(metric) ?? 'no sample was taken'
    return absent(`${metric} has no sample between ${fromMs.toFixed(0)} and ${toMs.toFixed(0)} ms: ${reason}`)
  }

  points(metric: Metric, fromMs: number, toMs: number, maxPoints: number): Point[] {
    return this.#series.get(metric)?.points(fromMs, toMs, maxPoints) ?? []
  }

  #append(atMs: number, values: Partial<Record<Metric, number>>): void {
    const t = rounded(atMs)
    this.#file.append({ t, v: values })
    if (this.#absentChanged) this.#file.append({ t, absent: Object.fromEntries(this.#absent) })
    this.#absentChanged = false
  }

  #take(instant: Instant): { metrics: Map<Metric, Measured>; values: Partial<Record<Metric, number>> } {
    this.#beforeSample(instant)
    const metrics = new Map<Metric, Measured>()
    const values: Partial<Record<Metric, number>> = {}
    for (const source of this.#sources) {
      const sample = source.sample(instant)
      for (const metric of source.metrics) {
        const value = sample[metric]
        if (value === undefined) continue
        metrics.set(metric, value)
        if (value.state === 'absent') {
          if (!this.#absent.has(metric)) this.#absentChanged = true
          this.#absent.set(metric, value.reason)
          continue
        }
        if (this.#absent.delete(metric)) this.#absentChanged = true
        values[metric] = value.value
        this.#seriesOf(metric).push(instant.atMs, value.value)
      }
    }
    return { metrics, values }
  }

  #seriesOf(metric: Metric): Series {
    const known = this.#series.get(metric)
    if (known !== undefined) return known
    const series = new Series()
    this.#series.set(metric, series)
    return series
  }
}

/** Microseconds are more than the clock is good for. */
const rounded = (atMs: number): number => Math.round(atMs * 1000) / 1000

function complete(metrics: ReadonlyMap<Metric, Measured>): Record<Metric, Measured> {
  const entries = allMetrics.map(metric => [metric, metrics.get(metric) ?? absent('not read at this instant')] as const)
  return Object.fromEntries(entries) as Record<Metric, Measured>
}
