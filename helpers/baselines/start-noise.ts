import { standardDeviation, studentUpperQuantile } from '../statistics/index.ts'

/** What chance alone makes of starts of unchanged code, as a share of the baseline's centre. */
export interface StartNoise {
  /** A change in one direction that chance exceeds once in 100 comparisons. */
  noise: number
  /** Half the width of the 95 % interval of a change. */
  margin: number
}

/** How many observations the prior counts as. */
const priorWeight = 4
/** The prior standard deviation between starts, as a share of the minimum effect. */
const priorShare = 1 / 3

/**
 * Learns the noise between engine starts from the medians of 3 or more of them, and of the starts that they are held
 * against where these are several.
 *
 * The standard deviation of so few is itself uncertain by a third to a half, which makes a gate that either alarms or
 * sleeps, depending on the luck of the baseline. So it is moderated with a prior, as for genes with few replicates
 * (Smyth 2004, "Linear models and empirical Bayes methods", equation for s̃²): `s̃² = (d₀s₀² + (K−1)s²) / (d₀ + K−1)`
 * with d₀ = 4 and s₀ = a third of the minimum effect, which is what a metric of its kind is expected to do. The noise
 * is then the prediction bound for one new start, `t · s̃ · √(1 + π/2K)`, where π/2K is the uncertainty of the median of
 * K values. The noise within a start needs no term of its own: it is part of how the medians scatter.
 *
 * Several new starts have a scatter r̃ of their own, moderated likewise: `t · √(r̃²·v(M) + s̃²·π/2K)` with v(2) = 1/2,
 * v(M) = π/2M, and the degrees of freedom of Welch and Satterthwaite (Welch 1947), so that a head which scatters more
 * than the base is not taken for as steady.
 *
 * @param base medians of the K ≥ 3 starts of the baseline, divided by their centre
 * @param head medians of the M ≥ 1 new starts, divided by their own centre
 * @param relativeMinimum the minimum effect as a share of the centre
 * @throws RangeError for fewer starts
 */
export function startNoise(base: readonly number[], head: readonly number[], relativeMinimum: number): StartNoise {
  if (base.length < 3 || head.length < 1)
    throw new RangeError(`noise between starts: found ${base.length} and ${head.length} starts, needs 3 and 1 or more`)
  const old = moderated(base, relativeMinimum)
  const fresh = head.length === 1 ? old : moderated(head, relativeMinimum)
  const ofBase = old.variance * (Math.PI / 2 / base.length)
  const ofHead = fresh.variance * shareOfVariance(head.length)
  const freedom =
    head.length === 1 ? old.freedom : (ofBase + ofHead) ** 2 / (ofBase ** 2 / old.freedom + ofHead ** 2 / fresh.freedom)
  const spread = Math.sqrt(ofBase + ofHead)
  return { noise: studentUpperQuantile(0.01, freedom) * spread, margin: studentUpperQuantile(0.025, freedom) * spread }
}

function moderated(medians: readonly number[], relativeMinimum: number): { variance: number; freedom: number } {
  const starts = medians.length
  const freedom = priorWeight + starts - 1
  const prior = relativeMinimum * priorShare
  const observed = standardDeviation(medians)
  return { variance: (priorWeight * prior ** 2 + (starts - 1) * observed ** 2) / freedom, freedom }
}

/** The variance of the median of so many values, as a share of theirs; of three or more the asymptotic one, a little too large. */
const shareOfVariance = (values: number): number => (values <= 2 ? 1 / values : Math.PI / 2 / values)
