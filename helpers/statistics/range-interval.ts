import { median } from './descriptive.ts'
import { bisect, studentUpperQuantile } from './distributions.ts'
import type { Interval } from './interval.ts'
import { normalNumbers, seededRandom } from './seeded-random.ts'

/** A mean with the variance of its error, and the degrees of freedom of that variance. */
export interface Estimate {
  value: number
  variance: number
  freedom: number
}

/** The chance with which either end may err: together 5 %. */
const ERROR = 0.025

/** Leaves an end uncertain by about 2 % of its distance from the estimate, 6 % at three degrees of freedom. */
const DRAWS = 4000

/**
 * 95 % interval for max − min of the true means behind two or more estimates.
 *
 * The observed range lies above the true one even if all means are equal, the more so the more estimates there are,
 * and resampling adds to that bias; so neither end is a bootstrap. Instead the interval holds every true range that
 * the observed one does not reject, with the noise drawn as Student's t with a fixed seed.
 *
 * @param shared the variances share one estimate (pooled) instead of each having its own
 */
export function rangeInterval(estimates: readonly Estimate[], shared: boolean): Interval {
  const ascending = estimates.toSorted((a, b) => a.value - b.value)
  const observed = (ascending.at(-1)?.value ?? 0) - (ascending[0]?.value ?? 0)
  const largest = largestDifference(ascending, shared)
  const draws = Array.from({ length: DRAWS }, noiseSource(ascending, shared))
  return [lowerEnd(draws, observed), shared ? upperEnd(draws, observed, largest) : largest]
}

/**
 * The smallest true range under which noise reaches the observed one with a chance of 2.5 %. Of all means with the
 * same range, those at its two ends, half at each, make the observed range largest (the chance of a range under a
 * limit is log-concave in the means: Prékopa 1973), so that case decides.
 */
function lowerEnd(draws: readonly number[][], observed: number): number {
  // Only the extremes of each half matter, whatever their distance.
  const extremes = draws.map(noise => {
    const half = Math.ceil(noise.length / 2)
    const [below, above] = [noise.slice(0, half), noise.slice(half)]
    return [Math.min(...below), Math.max(...below), Math.min(...above), Math.max(...above)] as const
  })
  const reaches = (range: number) => {
    const reached = extremes.filter(
      ([belowMin, belowMax, aboveMin, aboveMax]) =>
        Math.max(belowMax, aboveMax + range) - Math.min(belowMin, aboveMin + range) >= observed,
    )
    return reached.length >= ERROR * DRAWS
  }
  return reaches(0) ? 0 : bisect(reaches, 0, observed, 20)
}

/**
 * The largest true range under which noise stays at or below the observed one with a chance of 2.5 %. The means
 * between the two ends make the observed range smallest when all lie in the middle (Prékopa again, and symmetry: the
 * two ends are equally uncertain), so that case decides. An observed range below the median of what noise alone makes
 * is luck and narrows nothing: that median stands for it. The end is no larger than the largest difference.
 */
function upperEnd(draws: readonly number[][], observed: number, largest: number): number {
  const extremes = draws.map(noise => {
    const between = noise.slice(1, -1)
    return [noise[0] ?? 0, noise.at(-1) ?? 0, Math.min(...between), Math.max(...between)] as const
  })
  const usual = median(draws.map(noise => Math.max(...noise) - Math.min(...noise)))
  const judged = Math.min(largest, Math.max(observed, usual))
  const exceeds = (range: number) => {
    const within = extremes.filter(
      ([bottom, top, least, most]) =>
        Math.max(bottom, top + range, most + range / 2) - Math.min(bottom, top + range, least + range / 2) <= judged,
    )
    return within.length <= ERROR * DRAWS
  }
  return bisect(exceeds, 0, largest, 20)
}

/**
 * The largest upper end of any pair's difference. One of the pairs is the truly fastest with the truly slowest, and
 * its own upper end (Student's t; Welch–Satterthwaite) already errs with 2.5 % only: no correction for many pairs.
 */
function largestDifference(ascending: readonly Estimate[], shared: boolean): number {
  let end = 0
  ascending.forEach((low, index) => {
    for (const high of ascending.slice(index + 1)) {
      const variance = low.variance + high.variance
      const welch = variance ** 2 / (low.variance ** 2 / low.freedom + high.variance ** 2 / high.freedom)
      const t = variance === 0 ? 0 : studentUpperQuantile(ERROR, shared ? low.freedom : welch)
      end = Math.max(end, high.value - low.value + t * Math.sqrt(variance))
    }
  })
  return end
}

/** Draws one error for each estimate: normal over the root of a chi-squared per degree of freedom. */
function noiseSource(estimates: readonly Estimate[], shared: boolean): () => number[] {
  const random = seededRandom(1)
  const normal = normalNumbers(random)
  const misjudged = (freedom: number) => Math.sqrt((2 * gammaNumber(freedom / 2, random, normal)) / freedom)
  return () => {
    const common = misjudged(estimates[0]?.freedom ?? 1)
    return estimates.map(
      ({ variance, freedom }) => (normal() * Math.sqrt(variance)) / (shared ? common : misjudged(freedom)),
    )
  }
}

/** Gamma distributed number of unit scale: Marsaglia & Tsang (2000), ACM TOMS 26(3). */
function gammaNumber(shape: number, random: () => number, normal: () => number): number {
  if (shape < 1) return gammaNumber(shape + 1, random, normal) * (1 - random()) ** (1 / shape)
  const d = shape - 1 / 3
  for (;;) {
    const x = normal()
    const v = (1 + x / Math.sqrt(9 * d)) ** 3
    if (v > 0 && Math.log(1 - random()) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v
  }
}
