import { checkProbability, checkValues } from './checks.ts'
import { median } from './descriptive.ts'
import type { Interval } from './interval.ts'
import { quantileOfSorted } from './quantile.ts'
import { seededRandom } from './seeded-random.ts'

export interface BootstrapOptions {
  /** The same seed gives the same interval. */
  seed: number
  /** 2,000 unless said otherwise. */
  resamples?: number
  /** 0.95 unless said otherwise. */
  confidence?: number
}

/**
 * Percentile bootstrap interval (Efron & Tibshirani 1993, chapter 13) of a statistic of at least two independent
 * values.
 *
 * Percentile and not BCa: what is resampled here are medians and quantiles, which are not smooth, so that BCa's
 * acceleration (a jackknife) is inconsistent for them. The percentile interval also does not depend on the scale: that
 * of a rate is the inverse of that of a time. Not for a range or a maximum, where no bootstrap is valid: see
 * `relativeRange`.
 */
export function bootstrapInterval(
  sample: readonly number[],
  statistic: (values: readonly number[]) => number,
  { seed, resamples = 2000, confidence = 0.95 }: BootstrapOptions,
): Interval {
  checkValues('Bootstrap', sample, 2)
  const resample = resampler(seededRandom(seed))
  return percentileInterval(resamples, confidence, () => statistic(resample(sample)))
}

/** Fewer values have no 95 % interval for a median worth the name. */
const LEAST_FOR_A_MEDIAN = 5

/**
 * 95 % interval of median(b) / median(a): by what factor b is larger. Percentile bootstrap of both samples, with a
 * seed of its own. Null where one has fewer than 5 values or a resampled median of `a` can be 0 or less.
 */
export function ratioInterval(a: readonly number[], b: readonly number[]): Interval | null {
  checkValues('Ratio of medians, first sample', a, 0)
  checkValues('Ratio of medians, second sample', b, 0)
  if (Math.min(a.length, b.length) < LEAST_FOR_A_MEDIAN || Math.min(...a) <= 0) return null
  const resample = resampler(seededRandom(1))
  return percentileInterval(2000, 0.95, () => median(resample(b)) / median(resample(a)))
}

function percentileInterval(resamples: number, confidence: number, draw: () => number): Interval {
  checkProbability('Confidence', confidence, { open: true })
  const draws = Float64Array.from({ length: resamples }, draw).sort()
  const error = (1 - confidence) / 2
  return [quantileOfSorted(draws, error), quantileOfSorted(draws, 1 - error)]
}

function resampler(random: () => number) {
  return (sample: readonly number[]) =>
    Array.from({ length: sample.length }, () => sample[Math.floor(random() * sample.length)] ?? Number.NaN)
}
