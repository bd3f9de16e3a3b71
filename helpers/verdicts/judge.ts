import type { BatchRun } from '../batches/batch-run.ts'
import { formatQuantity, type Unit } from '../units.ts'
import type { Assessment, Estimate, JudgedAssessment, UnjudgedAssessment } from './assessment.ts'

import { culpritsOf } from './culprits.ts'

/** What every criterion knows before it looks at a number. */
export interface Criterion {
  /** `<plan>.<spec>.<criterion>` */
  id: string
  title: string
  /** How much data there is, for people. */
  data: string
  /** What was found around the measurement that may explain a failure. */
  culprits: string[]
}

/** A criterion about a run of batches; `slug` is the last part of its id. */
export function criterionOf(run: BatchRun, slug: string, title: string): Criterion {
  return { id: `${run.id}.${slug}`, title, data: dataOf(run), culprits: culpritsOf(run) }
}

export interface Judgement {
  measured: Estimate
  limit: number
  /** Which side of the limit is allowed; the limit itself is allowed only where it is a whole (100 % of requests). */
  allowed: 'below' | 'at least' | 'at most'
  unit: Unit
  /** Points that the statement rests on. */
  n: number
  /** Where it was measured and what else belongs to the number; joined by ` · `. */
  details?: string[]
  /** Where to look when it is not a pass. */
  advice?: string[]
  /** What makes this measurement unfit for a verdict, for instance a disturbed host. */
  spoiledBy?: string | null
  /** What else than a fault of the engine explains a failure: it is inconclusive then. A pass stays one. */
  excusedBy?: string | null
  /** Print the sign of a number that is a difference. */
  signed?: boolean
}

/**
 * The one rule of every criterion with a number: inside the limit with its whole interval = pass, outside with its
 * whole interval = fail, across it = inconclusive. Without an interval the point is judged, which is right only for
 * numbers that have no noise (counts). A spoiled measurement is inconclusive whatever it says.
 */
export function judge({ culprits, ...criterion }: Criterion, judgement: Judgement): JudgedAssessment {
  const { measured, limit, unit, n, details = [], advice = [], signed = false } = judgement
  const { spoiledBy = null, excusedBy = null } = judgement
  const [low, high] = measured.interval ?? [measured.value, measured.value]
  const within = {
    below: (x: number) => x < limit,
    'at least': (x: number) => x >= limit,
    'at most': (x: number) => x <= limit,
  }
  const isInside = within[judgement.allowed]
  const seen = isInside(low) !== isInside(high) ? 'inconclusive' : isInside(low) ? 'pass' : 'fail'
  const doubt =
    spoiledBy ??
    (seen === 'fail' ? excusedBy : null) ??
    (seen === 'inconclusive' ? 'the interval lies across the limit: too little data to tell' : null)
  const verdict = doubt === null ? seen : 'inconclusive'
  const reason = doubt ?? ''
  return {
    ...criterion,
    advice: verdict === 'pass' ? [] : verdict === 'fail' ? [...culprits, ...advice] : advice,
    verdict,
    measured,
    limit,
    unit,
    n,
    line: [numbers(measured, limit, unit, signed) + missed(verdict, measured.value, limit, unit), ...details].join(
      ' · ',
    ),
    reason,
  }
}

/** A criterion that could not be held against its limit. */
export function unjudged(
  { culprits: _, ...criterion }: Criterion,
  verdict: UnjudgedAssessment['verdict'],
  reason: string,
  advice: string[] = [],
): UnjudgedAssessment {
  return { ...criterion, advice, verdict, measured: null, reason }
}

/** `3 batches, 264 requests`. */
export function dataOf(run: BatchRun): string {
  const requests = run.batches.reduce((sum, batch) => sum + batch.completed + batch.failed, 0)
  const earlier =
    run.earlierRequests > 0 ? `, ${run.earlierRequests.toLocaleString('en')} of them before it was resumed` : ''
  return `${run.batches.length} ${run.batches.length === 1 ? 'batch' : 'batches'}, ${requests.toLocaleString('en')} requests${earlier}`
}

function numbers(measured: Estimate, limit: number, unit: Unit, signed: boolean): string {
  const show = (value: number) => formatQuantity(value, unit, { signed })
  const interval = measured.interval ? ` [${show(measured.interval[0])}, ${show(measured.interval[1])}]` : ''
  return `${show(measured.value)}${interval} (limit ${formatQuantity(limit, unit)})`
}

function missed(verdict: Assessment['verdict'], value: number, limit: number, unit: Unit): string {
  return verdict === 'fail' ? `, missed by ${formatQuantity(Math.abs(value - limit), unit)}` : ''
}
