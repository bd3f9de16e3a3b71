import type { BatchRun } from '../batches/batch-run.ts'
import type { Measured } from '../measured.ts'
import { formatQuantity } from '../units.ts'
import type { Assessment } from '../verdicts/assessment.ts'
import { figuresOf } from './run-figures.ts'

/** The production batch that the plan prepares for. */
export const PRODUCTION_REQUESTS = 170_000

/** The plan's decision point: what to do after the tests, and why. */
export interface Decision {
  word: 'go to 170K' | 'investigate' | 'undecided'
  /** A sentence. */
  reason: string
  /** Time for the production batch at the run's mean rate, and at its fastest and slowest batch's; null without a rate. */
  projected: { ms: number; shortestMs: number; longestMs: number } | null
}

/** How fast a run was, for what a production batch would take. */
export interface RunSpeed {
  requestsPerSecond: Measured
  /** Requests per second of each batch that has a rate. */
  batchRates: readonly number[]
  /** What the model's size was divided by. */
  scale: number
}

/**
 * Go when every criterion that applies passed; investigate when one failed; undecided when one is not known or none
 * was judged.
 */
export function decide(assessments: readonly Assessment[], run: BatchRun): Decision {
  const { requestsPerSecond, batches } = figuresOf(run)
  return decideFrom(assessments, {
    requestsPerSecond,
    batchRates: batches.flatMap(b => (b.requestsPerSecond.state === 'measured' ? [b.requestsPerSecond.value] : [])),
    scale: run.model.scale,
  })
}

/** The same from what a results file holds of a run. */
export function decideFrom(judged: readonly Pick<Assessment, 'title' | 'verdict'>[], speed: RunSpeed): Decision {
  const projected = projectedTime(speed)
  const of = (...verdicts: Assessment['verdict'][]) => judged.filter(({ verdict }) => verdicts.includes(verdict))
  const failed = of('fail')
  if (failed.length > 0) return { word: 'investigate', reason: `Failed: ${titles(failed)}.`, projected }
  const unknown = of('inconclusive', 'could not measure')
  if (unknown.length > 0) return { word: 'undecided', reason: `Not known: ${titles(unknown)}.`, projected }
  const passed = of('pass')
  if (passed.length === 0) return { word: 'undecided', reason: 'No criterion was judged.', projected }
  const all = passed.length === 1 ? 'The one criterion that applies' : `The ${passed.length} criteria that apply all`
  return { word: 'go to 170K', reason: `${all} passed${scaleNote(speed)}.`, projected }
}

/** `go to 170K: The 7 criteria that apply all passed. 170,000 requests would take 3.21 h (3.13 h to 3.30 h) at …` */
export function decisionLine({ word, reason, projected }: Decision): string {
  if (projected === null) return `${word}: ${reason} Without a rate there is no projection.`
  const [mean, shortest, longest] = [projected.ms, projected.shortestMs, projected.longestMs].map(duration)
  const range = shortest === longest ? '' : ` (${shortest} to ${longest})`
  return `${word}: ${reason} ${PRODUCTION_REQUESTS.toLocaleString('en')} requests would take ${mean}${range} at the measured rate.`
}

function projectedTime({ requestsPerSecond, batchRates }: RunSpeed): Decision['projected'] {
  const slowest = Math.min(...batchRates)
  if (requestsPerSecond.state === 'absent' || !(slowest > 0)) return null
  const msAt = (rate: number) => (PRODUCTION_REQUESTS / rate) * 1000
  return { ms: msAt(requestsPerSecond.value), shortestMs: msAt(Math.max(...batchRates)), longestMs: msAt(slowest) }
}

function scaleNote({ scale }: RunSpeed): string {
  return scale === 1 ? '' : `, on a model ÷ ${scale}: run PERF_PROFILE=full before production`
}

/** Batches of one run differ by a few per cent: hours need their decimals. */
const duration = (ms: number): string =>
  ms >= 3_600_000 ? `${(ms / 3_600_000).toFixed(2)} h` : formatQuantity(ms, 'ms')

const titles = (judged: readonly Pick<Assessment, 'title'>[]): string => judged.map(({ title }) => title).join('; ')
