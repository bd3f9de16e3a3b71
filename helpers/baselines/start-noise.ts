import { standardDeviation } from '../statistics/index.ts'

/** What chance alone makes of a start of unchanged code, as a share of the baseline's centre. */
export interface StartNoise {
  /** A change in one direction that chance exceeds once in 100 starts. */
  noise: number
  /** Half the width of the 95 % interval of a change. */
  margin: number
}

/** How many observations the prior counts as. */
const priorWeight = 4
/** The prior standard deviation between starts, as a share of the minimum effect. */
const priorShare = 1 / 3

// Student's t by degrees of freedom, one-sided 99 % and two-sided 95 % (for instance scipy.stats.t.ppf).
const studentT: Record<number, { oneSided99: number; twoSided95: number }> = {
  6: { oneSided99: 3.143, twoSided95: 2.447 },
  7: { oneSided99: 2.998, twoSided95: 2.365 },
  8: { oneSided99: 2.896, twoSided95: 2.306 },
  9: { oneSided99: 2.821, twoSided95: 2.262 },
  10: { oneSided99: 2.764, twoSided95: 2.228 },
}

/**
 * Learns the noise between engine starts from the medians of 3 to 7 of them.
 *
 * The standard deviation of so few is itself uncertain by a third to a half, which makes a gate that either alarms or
 * sleeps, depending on the luck of the baseline. So it is moderated with a prior, as for genes with few replicates
 * (Smyth 2004, "Linear models and empirical Bayes methods", equation for s̃²): `s̃² = (d₀s₀² + (K−1)s²) / (d₀ + K−1)`
 * with d₀ = 4 and s₀ = a third of the minimum effect, which is what a metric of its kind is expected to do. The noise
 * is then the prediction bound for one new start, `t · s̃ · √(1 + π/2K)`, where π/2K is the uncertainty of the median of
 * K values. The noise within a start needs no term of its own: it is part of how the medians scatter.
 *
 * @param relativeMedians medians of 3 to 7 starts, divided by their centre
 * @param relativeMinimum the minimum effect as a share of the centre
 */
export function startNoise(relativeMedians: readonly number[], relativeMinimum: number): StartNoise {
  const starts = Math.min(relativeMedians.length, 7)
  const freedom = priorWeight + starts - 1
  const t = studentT[freedom]
  if (t === undefined) throw new RangeError(`noise between starts: found ${starts} starts, needs 3 or more`)
  const prior = relativeMinimum * priorShare
  const observed = standardDeviation(relativeMedians)
  const moderated = Math.sqrt((priorWeight * prior ** 2 + (starts - 1) * observed ** 2) / freedom)
  const spread = moderated * Math.sqrt(1 + Math.PI / 2 / starts)
  return { noise: t.oneSided99 * spread, margin: t.twoSided95 * spread }
}
