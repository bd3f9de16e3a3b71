import type { Unit } from '../units.ts'

/** Which way is better for a metric. */
export type Better = 'lower' | 'higher'

interface ComparisonBase {
  /** `001.sequential-batches.throughput` */
  metric: string
  unit: Unit
  better: Better
  /** Samples of the run that was compared. */
  n: number
  /** Engine starts in the baseline. */
  starts: number
  /** One line for people: `throughput 21.4 req/s vs 21.9 req/s (-2.3 %, noise 3.1 %, p 0.21) no change`. */
  line: string
  /** Why this verdict, and what to do if something is to be done. */
  reason: string
}

/**
 * Held against enough data. Shares are of the baseline: 0.05 is 5 % more than the median of the baseline's starts,
 * whichever way is better.
 */
export interface JudgedComparison extends ComparisonBase {
  verdict: 'improved' | 'regressed' | 'within noise' | 'no change'
  /** Median of this run's samples. */
  now: number
  /** Median of the medians of the baseline's starts. */
  baseline: number
  /** now / baseline − 1 */
  change: number
  /** What a start of unchanged code may differ by, 99 %, learnt from the baseline's starts. */
  noise: number
  /** 95 % interval of the change. */
  interval: readonly [low: number, high: number]
  /** Mann–Whitney over this run's samples and those of all starts, two-sided. */
  pValue: number
}

/** Not held against anything: too few starts or samples, or no baseline at all. Never fails a run. */
export interface UnjudgedComparison extends ComparisonBase {
  verdict: 'unknown' | 'no baseline'
}

/** What is known about a metric against its baseline. */
export type BaselineComparison = JudgedComparison | UnjudgedComparison
export type BaselineVerdict = BaselineComparison['verdict']
