import { type MatcherState, type RunnerTestCase, recordArtifact } from 'vitest'
import type { BatchRun } from '../batches/batch-run.ts'
import { CouldNotMeasureError } from '../errors.ts'
import type { Expiry } from '../keep-alive/index.ts'
import type { Measured } from '../measured.ts'
import type { Observation } from '../observations/index.ts'
import type { AssessmentArtifact, ObservationArtifact } from '../reporting/artifacts.ts'
import type { Unit } from '../units.ts'
import type { Assessment } from '../verdicts/index.ts'

/** What vitest wants of a matcher. */
export interface MatcherResult {
  pass: boolean
  message: () => string
}

/**
 * Turns an assessment into what vitest knows: pass and fail are themselves; inconclusive and not applicable annotate
 * the test and skip it with the reason; could not measure throws. The last three do the same under `.not`: what is not
 * known is not known in either direction. Every assessment is recorded for the reporter.
 */
export function settle(state: MatcherState, assessment: Assessment): MatcherResult {
  record(state, assessment)
  switch (assessment.verdict) {
    case 'pass':
    case 'fail':
      return {
        pass: assessment.verdict === 'pass',
        message: () => failureText(assessment, state.isNot),
      }
    case 'inconclusive':
    case 'not applicable':
      return skip(state, assessment)
    case 'could not measure':
      throw new CouldNotMeasureError(`${assessment.title}: ${assessment.reason}`)
  }
}

/** The same for a verdict about one number, which goes into the results too, whatever the verdict is. */
export function settleObservation(
  state: MatcherState,
  observation: Observation,
  assessment: Assessment,
): MatcherResult {
  if (state.task) send(state.task, { type: 'perf:observation', observation })
  return settle(state, assessment)
}

/** Refuses what no load fixture made, so that a wrong argument is not taken for a verdict. */
export function batchRunOf(received: unknown, matcher: string): BatchRun {
  if (typeof received === 'object' && received !== null && 'batches' in received && 'workload' in received)
    return received as BatchRun
  throw new TypeError(`${matcher} judges what load.batches() measured; it was given ${typeof received}`)
}

/** What load.expiry() measured, or why there is nothing to measure. */
export interface ExpirySighting {
  /** `<plan>.<spec>` */
  id: string
  expiry: Measured<Expiry>
}

/** Refuses what load.expiry() did not measure. */
export function expirySightingOf(received: unknown, matcher: string): ExpirySighting {
  if (typeof received === 'object' && received !== null && 'expiry' in received && 'id' in received)
    return received as ExpirySighting
  throw new TypeError(`${matcher} judges what load.expiry() measured; it was given ${typeof received}`)
}

/** Refuses what is no observation, or one in another unit than its limit. */
export function observationOf<U extends Unit>(received: unknown, matcher: string, unit: U | null): Observation<U> {
  if (typeof received !== 'object' || received === null || !('measured' in received) || !('scale' in received))
    throw new TypeError(`${matcher} judges an observation, which observe() makes; it was given ${typeof received}`)
  const observation = received as Observation<U>
  if (unit !== null && observation.unit !== unit)
    throw new TypeError(`${matcher}: ${observation.id} is in ${observation.unit}, its limit in ${unit}`)
  return observation
}

function failureText(assessment: Assessment, isNot: boolean): string {
  const line = assessment.measured === null ? assessment.reason : assessment.line
  const lines = [`${assessment.title}${isNot ? ', and it was expected not to' : ''}`, `  ${line} · ${assessment.data}`]
  return [...lines, ...assessment.advice.map(advice => `  look at: ${advice}`)].join('\n')
}

function skip(state: MatcherState, assessment: Assessment): never {
  const note = `${assessment.verdict}: ${assessment.reason}`
  const context = state.task?.context
  if (!context) throw new CouldNotMeasureError(`${assessment.title}: ${note} (outside a test there is nothing to skip)`)
  // The UI shows annotations, not the reason of a skip.
  void context.annotate(note, assessment.verdict)
  return context.skip(note)
}

const pending = new Set<Promise<unknown>>()

function record(state: MatcherState, assessment: Assessment): void {
  if (!state.task) return
  if (assessment.measured !== null) {
    const line = `${assessment.line} · ${assessment.data}`
    Object.assign(state.task.meta, { [assessment.id.split('.').at(-1) ?? assessment.id]: line })
    if (assessment.verdict !== 'inconclusive') void state.task.context.annotate(line, assessment.verdict)
  }
  send(state.task, { type: 'perf:assessment', assessment })
}

function send(task: RunnerTestCase, artifact: AssessmentArtifact | ObservationArtifact): void {
  const recording = recordArtifact(task, artifact).finally(() => pending.delete(recording))
  pending.add(recording)
}

/** Resolves when all that matchers recorded has reached the reporter; the `test` fixture waits for it after each test. */
export async function assessmentsRecorded(): Promise<void> {
  await Promise.all(pending)
}
