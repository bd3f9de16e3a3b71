import { mannWhitney, median, quantileInterval } from '../statistics/index.ts'
import type { Better } from './comparison.ts'
import type { MinimumEffect } from './minimum-effect.ts'
import { startNoise } from './start-noise.ts'

/** Fewer starts do not tell how much starts of the same code differ. */
export const leastStarts = 3
/** Fewer samples cannot differ significantly. */
export const leastSamples = 5
const significant = 0.01

export interface StartsInput {
  better: Better
  /** Samples of each start that is compared with, at least `leastStarts` of them, their medians above 0. */
  base: readonly (readonly number[])[]
  /** Samples of each start that is judged: one or more, with `leastSamples` together. */
  head: readonly (readonly number[])[]
  minimumEffect: MinimumEffect
}

/** Shares are of the base: 0.05 is 5 % more than the median of its starts' medians, whichever way is better. */
export interface StartsJudgement {
  verdict: 'improved' | 'regressed' | 'within noise' | 'no change'
  /** Median of the medians of the head's starts. */
  now: number
  /** Median of the medians of the base's starts. */
  baseline: number
  /** now / baseline − 1 */
  change: number
  /** The least change that counts. */
  minimum: number
  /** What starts of unchanged code may differ by, 99 %. */
  noise: number
  /** 95 % interval of the change. */
  interval: readonly [low: number, high: number]
  /** Mann–Whitney over the samples of all starts of either side, two-sided. */
  pValue: number
}

/**
 * Holds engine starts against other engine starts: the rule of the gate, which judges one start, and of the comparison
 * of results files, which may have several.
 *
 * A change counts when the median moved by more than the minimum effect (relative and absolute) and by more than chance
 * moves a fresh start (`startNoise`), and Mann–Whitney over the pooled samples gives p < 0.01. All three are needed:
 * requests of one start share its clocks, memory layout and cache, so that p-values alone find "differences" in 12 to
 * 29 % of unchanged starts. `no change` is claimed only if the whole 95 % interval of the change lies inside the minimum
 * effect; what is neither is `within noise`.
 */
export function judgeStarts({ better, base, head, minimumEffect }: StartsInput): StartsJudgement {
  const medians = base.map(median)
  const headMedians = head.map(median)
  const baseline = median(medians)
  const now = median(headMedians)
  const change = now / baseline - 1
  const minimum = Math.max(minimumEffect.relative, minimumEffect.absolute / baseline)
  const { noise, margin } = startNoise(
    medians.map(value => value / baseline),
    headMedians.map(value => value / now),
    minimumEffect.relative,
  )
  const interval = changeInterval(head.flat(), baseline, change, margin)
  const { pValue } = mannWhitney(base.flat(), head.flat())
  const counts = Math.abs(change) > Math.max(minimum, noise) && pValue < significant
  const verdict = counts
    ? change < 0 === (better === 'lower')
      ? 'improved'
      : 'regressed'
    : interval[0] > -minimum && interval[1] < minimum
      ? 'no change'
      : 'within noise'
  return { verdict, now, baseline, change, minimum, noise, interval, pValue }
}

/** The wider of what the starts' scatter and the head's own samples leave open, on either side. */
function changeInterval(
  samples: readonly number[],
  baseline: number,
  change: number,
  margin: number,
): readonly [number, number] {
  // Five samples have no 95 % interval for their median: all that is known is that it lies between them.
  const [low, high] = quantileInterval(samples, 0.5) ?? [Math.min(...samples), Math.max(...samples)]
  return [Math.min(low / baseline - 1, change - margin), Math.max(high / baseline - 1, change + margin)]
}
