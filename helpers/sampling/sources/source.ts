import { absent, type Measured, measured } from '../../measured.ts'
import { readText } from '../../processes/proc-file.ts'
import type { Metric } from '../metrics.ts'

/** When a sample is taken. `complete` asks for every metric, however much it costs (the edges of windows). */
export interface Instant {
  atMs: number
  complete: boolean
}

/** What one source has to say at one instant. A metric that is left out has no sample then. */
export type Sample = Partial<Record<Metric, Measured>>

/** Reads some of the metrics. Called from one thread, at most 10 times a second; never throws. */
export interface Source {
  readonly metrics: readonly Metric[]
  sample(instant: Instant): Sample
}

/** The same reason for all of these metrics. */
export const allAbsent = (metrics: readonly Metric[], reason: string): Sample =>
  Object.fromEntries(metrics.map(metric => [metric, absent(reason)]))

/** A metric that `parse` leaves out is absent: the file does not have it. */
export function fileSource<M extends Metric>(
  path: string,
  metrics: readonly M[],
  parse: (text: string) => Partial<Record<M, number>>,
): Source {
  return {
    metrics,
    sample: () => {
      const text = readText(path)
      if (text.state === 'absent') return allAbsent(metrics, text.reason)
      const values = parse(text.value)
      const sample: Sample = {}
      for (const metric of metrics) sample[metric] = numberOr(values[metric], `${path} does not have it`)
      return sample
    },
  }
}

export const numberOr = (value: number | undefined, reason: string): Measured =>
  value === undefined || !Number.isFinite(value) ? absent(reason) : measured(value)

/** Samples a dear or slow source less often than the ticks come; a complete reading always samples it. */
export function atMostEvery(periodMs: number, source: Source): Source {
  let lastMs = Number.NEGATIVE_INFINITY
  return {
    metrics: source.metrics,
    sample: instant => {
      // Ticks come at multiples of 100 ms, give or take the scheduler.
      if (!instant.complete && instant.atMs - lastMs < periodMs - 50) return {}
      lastMs = instant.atMs
      return source.sample(instant)
    },
  }
}
