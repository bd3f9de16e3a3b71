import type { Better, StartsJudgement } from '../baselines/index.ts'
import type { Results } from '../reporting/index.ts'
import type { Unit } from '../units.ts'
import type { Verdict } from '../verdicts/index.ts'

/** A results file, by the path it was read from. */
export interface NamedRun {
  name: string
  results: Results
}

/** What two sides of results files say of each other. The head is held against the base. Plain data. */
export interface ResultsComparison {
  base: { runs: string[] }
  head: { runs: string[] }
  /** What the runs were made with and on, where the sides differ: engine, version, machine, profile. */
  differences: SettingDifference[]
  /** What makes a side unlike several starts of one thing. */
  cautions: string[]
  /** Metrics with samples. */
  metrics: MetricComparison[]
  /** Criteria that both sides have, where their verdicts differ. */
  criteria: CriterionChange[]
  /** Criteria that say the same on both sides, and those that only one side has. */
  otherCriteria: { same: number; onlyBase: number; onlyHead: number }
  /** Numbers without samples, side by side. */
  values: ValueComparison[]
  /** Why further numbers are not side by side, a line each. */
  valuesRefused: string[]
}

export interface SettingDifference {
  what: string
  base: string
  head: string
}

interface ComparedMetric {
  /** `<plan>.<spec>.<metric>` */
  metric: string
  unit: Unit
  better: Better
  /** Engine starts with samples, on either side. */
  starts: { base: number; head: number }
  /** Median of the medians of the side's starts. */
  base: number
  head: number
  /** head / base − 1 */
  change: number
  /** Why this verdict, and what to do if something is to be done. */
  reason: string
}

/** Held against enough starts, by the gate's rule. */
export interface JudgedMetric extends ComparedMetric {
  state: 'judged'
  /** `inconclusive`: it changed, but the host was disturbed in one of the runs. */
  verdict: StartsJudgement['verdict'] | 'inconclusive'
  /** What starts of unchanged code may differ by, 99 %. */
  noise: number
  /** 95 % interval of the change. */
  interval: readonly [low: number, high: number]
  pValue: number
}

/** Too few starts, or too few samples: a change is seen, what it means is not known. */
export interface UnjudgedMetric extends ComparedMetric {
  state: 'unjudged'
  verdict: 'unknown'
  /** 95 % interval of the change from the samples alone, without the noise between starts; null for too few samples. */
  interval: readonly [low: number, high: number] | null
}

/** Not held against anything: both sides measured something else. */
export interface RefusedMetric {
  state: 'refused'
  metric: string
  reason: string
}

export type MetricComparison = JudgedMetric | UnjudgedMetric | RefusedMetric

export interface CriterionChange {
  id: string
  base: CriterionSide[]
  head: CriterionSide[]
}

/** What one run said of a criterion. */
export interface CriterionSide {
  verdict: Verdict
  /** Null where nothing was measured. */
  measured: { value: number; unit: Unit } | null
}

/** A number of both sides: the median of its values where a side has several runs. */
export interface ValueComparison {
  id: string
  unit: Unit
  /** Null where no run of the side has a value. */
  base: number | null
  head: number | null
  /** head / base − 1; null where that has no meaning: a base of 0 or less, a head below 0, a missing value. */
  change: number | null
}
