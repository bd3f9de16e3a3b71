import { ratioInterval } from './bootstrap.ts'
import type { TimedChunk } from './chunks.ts'
import { degradation } from './degradation.ts'
import type { Interval } from './interval.ts'
import { relativeRange } from './relative-range.ts'
import { normalNumbers, seededRandom } from './seeded-random.ts'
import { trend } from './trend.ts'

/*
 * Do the intervals hold what they promise? Data are made with a known truth, judged, and counted. coverage.ts prints
 * the whole table, simulations.test.ts checks a part of it.
 */

/** Shares of the repetitions; `width` is the mean width of the interval. */
export interface Coverage {
  covered: number
  truthBelow: number
  truthAbove: number
  /** The interval leaves out 0. */
  excludesZero: number
  width: number
}

/** Chunks of equal size with relative noise `noise`, neighbours correlated by `rho`. */
export interface Batches {
  groups: number
  chunks: number
  noise: number
  /** True (max − min) / max. */
  range: number
  /** How the true throughputs lie: falling evenly, the last one slow, or the later half slow. */
  shape: 'even' | 'last' | 'half'
  rho: number
  /** Noise of the first batch as a multiple of that of the others. */
  firstNoise: number
}

export function coverageOfRelativeRange(batches: Batches, repetitions: number, seed = 1): Coverage {
  const draw = batchSource(batches, seed)
  return coverage(batches.range, repetitions, () => relativeRange(draw()).interval)
}

/** The truth is the fall from the first batch to the last. */
export function coverageOfDegradation(batches: Batches, repetitions: number, seed = 1): Coverage {
  const draw = batchSource(batches, seed)
  return coverage(batches.range, repetitions, () => degradation(draw()).interval)
}

/** A line of `slope` per point under a first-order autoregression with standard deviation 1. */
export interface Series {
  points: number
  rho: number
  slope: number
}

/** As well, how often the test found a trend at the 5 % level. */
export function coverageOfTrend(series: Series, repetitions: number, seed = 1): Coverage & { significant: number } {
  const noise = autoregression(series.rho, normalNumbers(seededRandom(seed)))
  let significant = 0
  const result = coverage(series.slope, repetitions, () => {
    const start = noise()
    const found = trend(Array.from({ length: series.points }, (_, x) => ({ x, y: series.slope * x + start() })))
    if (found && found.pValue < 0.05) significant++
    return found?.slopeInterval ?? null
  })
  return { ...result, significant: significant / repetitions }
}

/** Two log-normal samples of which the second is `ratio` times as large. */
export function coverageOfRatio(size: number, noise: number, ratio: number, repetitions: number, seed = 1): Coverage {
  const normal = normalNumbers(seededRandom(seed))
  const sample = (scale: number) => Array.from({ length: size }, () => scale * Math.exp(noise * normal()))
  return coverage(ratio, repetitions, () => ratioInterval(sample(100), sample(100 * ratio)))
}

function coverage(truth: number, repetitions: number, measure: () => Interval | null): Coverage {
  let [below, above, nonZero, width] = [0, 0, 0, 0]
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const interval = measure()
    if (!interval) continue
    const [low, high] = interval
    if (truth < low - 1e-12) below++
    if (truth > high + 1e-12) above++
    if (low > 0 || high < 0) nonZero++
    width += high - low
  }
  return {
    covered: 1 - (below + above) / repetitions,
    truthBelow: below / repetitions,
    truthAbove: above / repetitions,
    excludesZero: nonZero / repetitions,
    width: width / repetitions,
  }
}

function batchSource(batches: Batches, seed: number): () => TimedChunk[][] {
  const noise = autoregression(batches.rho, normalNumbers(seededRandom(seed)))
  const last = batches.groups - 1
  const slow = {
    even: (group: number) => group / last,
    last: (group: number) => (group === last ? 1 : 0),
    half: (group: number) => (group < batches.groups / 2 ? 0 : 1),
  }[batches.shape]
  return () =>
    Array.from({ length: batches.groups }, (_, group) => {
      const deviation = batches.noise * (group === 0 ? batches.firstNoise : 1)
      const secondsPerRequest = 1 / (1 - batches.range * slow(group))
      const next = noise()
      // The mean of exp(s·z) is exp(s² / 2): taken out, so that the true throughput is what is asked for.
      const chunk = () => ({
        requests: 22,
        seconds: 22 * secondsPerRequest * Math.exp(deviation * next() - deviation ** 2 / 2),
      })
      return Array.from({ length: batches.chunks }, chunk)
    })
}

/** Starts series of normal numbers with standard deviation 1 whose neighbours are correlated by `rho`. */
function autoregression(rho: number, normal: () => number): () => () => number {
  return () => {
    let value = normal()
    return () => {
      value = rho * value + Math.sqrt(1 - rho * rho) * normal()
      return value
    }
  }
}
