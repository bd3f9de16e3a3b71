import { exitCodes } from '../errors.ts'
import type { Assessment } from '../verdicts/assessment.ts'

/** An error as vitest hands it over: the class is gone, its own properties are not. */
export interface ErrorOutcome {
  /** `PERF_…` of helpers/errors.ts, of the error itself or of its cause; null for any other error. */
  code: string | null
  message: string
}

export interface ExitCodeInput {
  tests: readonly {
    state: 'passed' | 'failed' | 'skipped' | 'pending'
    errors: readonly ErrorOutcome[]
    assessments: readonly Pick<Assessment, 'id' | 'verdict'>[]
  }[]
  /** Errors outside tests: of hooks and files, unhandled ones, and failures of other projects of the same run. */
  errors: readonly ErrorOutcome[]
  /** Inconclusive is not good enough, and neither is a run in which nothing could be judged. */
  strict: boolean
  /** Ids of criteria that must have passed or failed. */
  required: readonly string[]
}

/** What the process ends with, and why; no reasons for 0. */
export interface ExitDecision {
  code: 0 | 1 | 2 | 3
  reasons: string[]
}

const { ok, failed, badInput, couldNotMeasure } = exitCodes

const codesOfErrors: Readonly<Record<string, 1 | 2 | 3>> = {
  PERF_ENGINE_CRASHED: failed,
  PERF_BAD_INPUT: badInput,
  PERF_COULD_NOT_MEASURE: couldNotMeasure,
  PERF_ENGINE_START: couldNotMeasure,
  PERF_MODEL_MISSING: couldNotMeasure,
  PERF_CLIENT_BOTTLENECK: couldNotMeasure,
  PERF_RECORDING: couldNotMeasure,
  PERF_POOL_REFUSED: couldNotMeasure,
  PERF_TRIAL_HUNG: couldNotMeasure,
}

/** What an error means for the run: any error that the suite does not throw on purpose is a failure. */
export function exitCodeOfError({ code }: ErrorOutcome): 1 | 2 | 3 {
  return codesOfErrors[code ?? ''] ?? failed
}

/**
 * The exit code of a run: 1 wins over 2, and 2 over 3. A failed criterion counts unless its test passed, for then the
 * test expected it (`.not`); it also counts in a test that was skipped later, which vitest calls green.
 */
export function exitCodeFor({ tests, errors, strict, required }: ExitCodeInput): ExitDecision {
  const reasons: Record<1 | 2 | 3, string[]> = { 1: [], 2: [], 3: [] }
  for (const { state, errors: own, assessments } of tests) {
    const unmet = state === 'passed' ? [] : assessments.filter(({ verdict }) => verdict === 'fail')
    for (const { id } of unmet) reasons[failed].push(`${id} failed`)
    if (state === 'failed') {
      for (const error of own) if (unmet.length === 0) reasons[exitCodeOfError(error)].push(firstLine(error))
      if (own.length === 0 && unmet.length === 0) reasons[failed].push('a test failed without an error')
    }
    for (const { id, verdict } of assessments) {
      if (verdict === 'could not measure') reasons[couldNotMeasure].push(`${id} could not be measured`)
      if (strict && verdict === 'inconclusive') reasons[couldNotMeasure].push(`${id} is inconclusive (PERF_STRICT)`)
    }
  }
  for (const error of errors) reasons[exitCodeOfError(error)].push(firstLine(error))

  const judged = new Map(tests.flatMap(test => test.assessments.map(({ id, verdict }) => [id, verdict] as const)))
  reasons[couldNotMeasure].push(
    ...unjudged(
      tests.flatMap(test => test.assessments),
      required,
    ),
  )
  if (strict && ![...judged.values()].some(verdict => verdict === 'pass' || verdict === 'fail'))
    reasons[couldNotMeasure].push('no criterion was judged (PERF_STRICT)')

  for (const code of [failed, badInput, couldNotMeasure] as const)
    if (reasons[code].length > 0) return { code, reasons: [...new Set(reasons[code])] }
  return { code: ok, reasons: [] }
}

/** What is required and was not judged, and why, a line each. */
export function unjudged(items: readonly Pick<Assessment, 'id' | 'verdict'>[], required: readonly string[]): string[] {
  const verdicts = new Map(items.map(({ id, verdict }) => [id, verdict]))
  return required.flatMap(id => {
    const verdict = verdicts.get(id)
    if (verdict === undefined) return [`${id} is required (PERF_REQUIRE) and did not run`]
    return verdict === 'pass' || verdict === 'fail' ? [] : [`${id} is required (PERF_REQUIRE) and is ${verdict}`]
  })
}

function firstLine({ message }: ErrorOutcome): string {
  return message.split('\n', 1)[0] ?? message
}
