import { checkProbability, checkValues } from './checks.ts'
import { binomialCdf } from './distributions.ts'
import type { Interval } from './interval.ts'

/**
 * The q-quantile (q from 0 to 1) of at least one value, interpolated between the two nearest order statistics.
 * Type 7 of Hyndman & Fan (1996), the default of numpy, R and Excel.
 */
export function quantile(values: readonly number[], q: number): number {
  checkValues('Quantile', values)
  checkProbability('Quantile', q)
  return quantileOfSorted(Float64Array.from(values).sort(), q)
}

/** The same for at least one value in ascending order. */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  const position = q * (sorted.length - 1)
  const index = Math.floor(position)
  const below = sorted[index] ?? Number.NaN
  const above = sorted[index + 1] ?? below
  return below + (above - below) * (position - index)
}

/**
 * The least number of samples at which the q-quantile may be reported: at 99 % confidence at least q of all requests
 * are as fast as the second slowest one measured. p50 11, p90 64, p95 130, p99 662.
 *
 * MLPerf Inference, early stopping: one sample beyond the estimate is allowed for. A low quantile needs as many as its
 * mirror image (p5 as p95).
 */
export function minimumSamplesFor(q: number): number {
  checkProbability('Least number of samples', q, { open: true })
  const tail = Math.min(q, 1 - q)
  const enough = (n: number) => binomialCdf(1, n, tail) <= 0.01
  let high = 2
  while (!enough(high)) high *= 2
  let low = high / 2
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (enough(middle)) high = middle
    else low = middle
  }
  return high
}

/**
 * Interval for the q-quantile of the population from the order statistics alone, whatever the distribution
 * (Conover 1999, section 3.2): each end errs with at most half of 1 − confidence. Null where n is too small for such
 * order statistics to exist (95 %: the median needs 6 values, p95 needs 72, p99 368).
 */
export function quantileInterval(values: readonly number[], q: number, confidence = 0.95): Interval | null {
  checkValues('Quantile interval', values, 0)
  checkProbability('Quantile interval', q, { open: true })
  checkProbability('Confidence', confidence, { open: true })
  const n = values.length
  const error = (1 - confidence) / 2
  // The number of values below the quantile is binomial. Ends are its lower and upper quantiles, counted from 1.
  const lowRank = leastCount(n, q, error)
  const highRank = leastCount(n, q, 1 - error) + 1
  const sorted = Float64Array.from(values).sort()
  const low = sorted[lowRank - 1]
  const high = sorted[highRank - 1]
  return low === undefined || high === undefined ? null : [low, high]
}

/** The least k with P(X <= k) >= p for X binomial. A hair's breadth of tolerance keeps p = 0.5^k on its own side. */
function leastCount(n: number, q: number, p: number): number {
  let [low, high] = [-1, n]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (binomialCdf(middle, n, q) >= p * (1 - 1e-12)) high = middle
    else low = middle
  }
  return high
}
