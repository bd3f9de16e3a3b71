import { noisyRates } from './chunk-noise.ts'
import { checkedGroups, type TimedChunk, totalRate } from './chunks.ts'
import { sum } from './descriptive.ts'
import type { Interval } from './interval.ts'
import { rangeInterval } from './range-interval.ts'

/** By how much the throughput of batches differs. */
export interface RelativeRange {
  /** (max − min) / max of the batches' throughputs, as measured. */
  value: number
  /**
   * 95 %, of what it would be without noise between chunks; starts at 0 where noise alone explains the value. Null if
   * a batch has fewer than two chunks.
   */
  interval: Interval | null
  /** Number of chunks. */
  n: number
}

/**
 * (max − min) / max of the throughputs of groups of chunks (batches). A group's throughput is its requests over its
 * time. A chunk in which nothing completed is joined to its neighbour.
 *
 * The measured range is biased upwards: four chunks a batch with 5 % noise show 4 % between three equal batches. The
 * interval is not (see `rangeInterval`): it is found for the difference of logarithms, of which the ratio is a
 * monotone function, and each end errs with at most 2.5 %. Its coverage is simulated in coverage.ts.
 *
 * @throws CouldNotMeasureError for fewer than two groups, or one in which nothing completed
 */
export function relativeRange(groups: readonly (readonly TimedChunk[])[]): RelativeRange {
  const batches = checkedGroups('Relative range', groups)
  const rates = batches.map(totalRate)
  const result = { value: 1 - Math.min(...rates) / Math.max(...rates), n: sum(batches.map(chunks => chunks.length)) }
  if (batches.some(chunks => chunks.length < 2)) return { ...result, interval: null }
  const { estimates, shared } = noisyRates(batches)
  const [low, high] = rangeInterval(estimates, shared)
  return { ...result, interval: [-Math.expm1(-low), -Math.expm1(-high)] }
}
