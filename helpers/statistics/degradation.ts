import { autocorrelationWithin, prewhitened } from './autocorrelation.ts'
import { noisyRates, relativeResiduals } from './chunk-noise.ts'
import { checkedGroups, type TimedChunk, totalRate } from './chunks.ts'
import { sum } from './descriptive.ts'
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
 * Where the batches lie farther from a line than the noise of their chunks explains (one batch is slow, and no trend
 * leads to it), the interval is widened by the Birge ratio.
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
  const ratio = trend ? birgeRatio(batches) : 1
  const widened = (end: number) => (trend ? trend.slope + ratio * (end - trend.slope) : end)
  return {
    fallPerGroup: total / steps,
    total,
    interval: trend ? [fall(widened(trend.slopeInterval[1])), fall(widened(trend.slopeInterval[0]))] : null,
    monotone: rates.every((rate, index) => index === 0 || rate < (rates[index - 1] ?? 0)),
    n,
  }
}

/**
 * By what the scatter of the batches about their weighted line exceeds what their chunks' noise explains: the square
 * root of χ² over its degrees of freedom, at least 1 (Birge 1932, Phys. Rev. 40; the metrologists' rule for values that
 * disagree). 1 for two batches, which always lie on a line, and where a batch has one chunk or chunks without noise.
 */
function birgeRatio(batches: readonly (readonly TimedChunk[])[]): number {
  if (batches.length < 3 || batches.some(chunks => chunks.length < 2)) return 1
  const points = noisyRates(batches).estimates.map(({ value, variance }, x) => ({ x, y: value, weight: 1 / variance }))
  if (points.some(({ weight }) => !Number.isFinite(weight))) return 1
  const total = sum(points.map(({ weight }) => weight))
  const centre = (of: 'x' | 'y') => sum(points.map(point => point.weight * point[of])) / total
  const [x0, y0] = [centre('x'), centre('y')]
  const slope =
    sum(points.map(({ x, y, weight }) => weight * (x - x0) * (y - y0))) /
    sum(points.map(({ x, weight }) => weight * (x - x0) ** 2))
  const chiSquared = sum(points.map(({ x, y, weight }) => weight * (y - y0 - slope * (x - x0)) ** 2))
  return Math.max(1, Math.sqrt(chiSquared / (batches.length - 2)))
}
