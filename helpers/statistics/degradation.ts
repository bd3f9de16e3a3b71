import { autocorrelationWithin, prewhitened } from './autocorrelation.ts'
import { relativeResiduals } from './chunk-noise.ts'
import { checkedGroups, type TimedChunk, totalRate } from './chunks.ts'
import type { Interval } from './interval.ts'
import { independentTrend } from './trend.ts'

/** How throughput changes from batch to batch. All changes are shares of the first batch's throughput. */
export interface Degradation {
  /** Mean fall from one batch to the next: 0.1 = each loses 10 % of the first one's throughput. */
  fallPerGroup: number
  /** Fall from the first batch to the last; positive = slower. */
  total: number
  /** 95 %, of the total. Null below 8 chunks. */
  interval: Interval | null
  /** Every batch is slower than the one before it. */
  monotone: boolean
  /** Number of chunks. */
  n: number
}

const LEAST_CHUNKS = 8

/**
 * Whether throughput falls batch by batch; chunks and batches in order of time.
 *
 * The Theil–Sen trend of the logarithm of the chunks' rates over the batches: only chunks of different batches are
 * compared, so that a pattern that every batch repeats counts for nothing, and few slow chunks (a pause) do not count
 * as a fall. Where neighbouring chunks of a batch are alike (told from 16 chunks a batch on), batches are pre-whitened.
 * Below 8 chunks the fall is that between the first and the last batch's throughput, without interval. A chunk in
 * which nothing completed is joined to its neighbour.
 *
 * @throws CouldNotMeasureError for fewer than two groups, or one in which nothing completed
 */
export function degradation(groups: readonly (readonly TimedChunk[])[]): Degradation {
  const batches = checkedGroups('Degradation', groups)
  const steps = batches.length - 1
  const rates = batches.map(totalRate)
  const series = batches.map((chunks, x) => chunks.map(chunk => ({ x, y: Math.log(totalRate([chunk])) })))
  const n = series.flat().length
  const rho = autocorrelationWithin(batches.map(relativeResiduals))
  const trend = n < LEAST_CHUNKS ? null : independentTrend(series.flatMap(points => prewhitened(points, rho)))
  const fall = (slope: number) => 1 - Math.exp(slope * steps)
  const total = trend ? fall(trend.slope) : 1 - (rates.at(-1) ?? 0) / (rates[0] ?? 0)
  return {
    fallPerGroup: total / steps,
    total,
    interval: trend ? [fall(trend.slopeInterval[1]), fall(trend.slopeInterval[0])] : null,
    monotone: rates.every((rate, index) => index === 0 || rate < (rates[index - 1] ?? 0)),
    n,
  }
}
