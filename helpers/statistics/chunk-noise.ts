import { autocorrelationWithin } from './autocorrelation.ts'
import { type TimedChunk, totalRate } from './chunks.ts'
import { sum } from './descriptive.ts'
import { normalUpperTail } from './distributions.ts'
import type { Estimate } from './range-interval.ts'

/** Logarithms of the groups' throughputs, each with what noise between its chunks makes uncertain about it. */
export interface NoisyRates {
  estimates: Estimate[]
  /** One noise was estimated for all groups, so that its error is shared too. */
  shared: boolean
}

/**
 * Throughput of each group with its uncertainty, from groups of at least two chunks each with a rate above 0.
 *
 * A group's rate is a ratio of totals, so its relative variance is that of the chunks' times about the group's own
 * time per request (Cochran 1977, Sampling Techniques, section 6.3). One relative noise is estimated for all groups,
 * which few chunks need, unless Bartlett's test (1937) finds at the 5 % level that groups differ; then each keeps its
 * own. Chunks whose neighbours are alike count for fewer: the variance grows by (1 + ρ)/(1 − ρ) if ρ is significant.
 */
export function noisyRates(groups: readonly (readonly TimedChunk[])[]): NoisyRates {
  const residuals = groups.map(relativeResiduals)
  const samples = residuals.map(each => ({ squares: sum(each.map(r => r * r)), freedom: each.length - 1 }))
  const freedom = sum(samples.map(sample => sample.freedom))
  const pooled = sum(samples.map(sample => sample.squares)) / freedom
  const shared = bartlettP(samples, pooled, freedom) >= 0.05
  const rho = autocorrelationWithin(residuals)
  const inflation = (1 + rho) / (1 - rho)
  const estimates = groups.map((chunks, index) => {
    const own = samples[index] ?? { squares: 0, freedom: 1 }
    return {
      value: Math.log(totalRate(chunks)),
      variance: ((shared ? pooled : own.squares / own.freedom) / chunks.length) * inflation,
      freedom: Math.max(1, (shared ? freedom : own.freedom) / inflation),
    }
  })
  return { estimates, shared }
}

/** By what share of a mean chunk's time each chunk took longer than its requests should have in its group. */
export function relativeResiduals(chunks: readonly TimedChunk[]): number[] {
  const rate = totalRate(chunks)
  const meanSeconds = sum(chunks.map(chunk => chunk.seconds)) / chunks.length
  return chunks.map(({ requests, seconds }) => (seconds - requests / rate) / meanSeconds)
}

/** Chance of variances so different if all were one; the chi-squared tail after Wilson & Hilferty (1931). */
function bartlettP(samples: readonly { squares: number; freedom: number }[], pooled: number, freedom: number): number {
  if (pooled === 0) return 1
  const logs = samples.map(({ squares, freedom: own }) => own * Math.log(squares / own / pooled))
  const steps = samples.length - 1
  const correction = 1 + (sum(samples.map(sample => 1 / sample.freedom)) - 1 / freedom) / (3 * steps)
  const statistic = -sum(logs) / correction
  const part = 2 / (9 * steps)
  return normalUpperTail((Math.cbrt(statistic / steps) - 1 + part) / Math.sqrt(part))
}
