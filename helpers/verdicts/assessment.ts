import type { Unit } from '../units.ts'

/** The five words, everywhere. */
export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'not applicable' | 'could not measure'

/** A measured number with the interval it lies in (95 %), where one can be given. */
export interface Estimate {
  value: number
  interval: readonly [low: number, high: number] | null
}

interface AssessmentBase {
  /** `<plan>.<spec>.<criterion>`, stable: `001.sequential-batches.vram-delta`. */
  id: string
  /** The criterion in words: `VRAM stays within 0.5 GiB`. */
  title: string
  /** How much data, for people: `3 batches, 264 requests`. */
  data: string
  /** Where to look next; each a full sentence or command. */
  advice: string[]
}

/** Judged: there are numbers, and they lie inside the limit, outside, or across it. */
export interface JudgedAssessment extends AssessmentBase {
  verdict: 'pass' | 'fail' | 'inconclusive'
  measured: Estimate
  /** Null where the plan asks for a number and names no limit. */
  limit: number | null
  unit: Unit
  /** Number of points that the statement rests on. */
  n: number
  /** One line without the title: what was measured, the limit, by how much it was missed, where it was measured. */
  line: string
  /** Why an inconclusive one is; empty otherwise. */
  reason: string
}

/** Not judged: the reason says why. */
export interface UnjudgedAssessment extends AssessmentBase {
  verdict: 'inconclusive' | 'not applicable' | 'could not measure'
  measured: null
  reason: string
}

/** What is known about one criterion. */
export type Assessment = JudgedAssessment | UnjudgedAssessment
