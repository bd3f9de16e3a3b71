import type { SerializedError } from 'vitest'
import type { TestCase, TestModule } from 'vitest/node'
import type { BatchRun } from '../batches/batch-run.ts'
import type { Chart } from '../charts/index.ts'
import type { Study } from '../lab/study.ts'
import type { MeasuredTable, Observation } from '../observations/index.ts'
import type { Assessment } from '../verdicts/assessment.ts'
import type { BaselineArtifact } from './artifacts.ts'
import type { ErrorOutcome } from './exit-code.ts'

/** One test of a perf spec, as plain data. */
export interface TestOutcome {
  /** `001 · 3 × 5K sequential batches > VRAM stays within 0.5 GiB` */
  name: string
  /** Path of the spec: `perf/multi-batch/sequential-batches.perf.ts`. */
  spec: string
  state: 'passed' | 'failed' | 'skipped' | 'pending'
  /** Why it was skipped; null where nobody said so. */
  note: string | null
  /** Of the last attempt. */
  errors: ErrorOutcome[]
  /** One an id; of an id that was judged again (a retry) the last. */
  assessments: Assessment[]
  baselines: BaselineArtifact[]
}

/** Everything that the perf specs of a run handed over. */
export interface Outcome {
  tests: TestOutcome[]
  runs: BatchRun[]
  studies: Study[]
  /** One an id, the last that was made. */
  observations: Observation[]
  tables: MeasuredTable[]
  charts: Chart[]
  /** Errors of hooks and of files that could not be loaded. */
  errors: ErrorOutcome[]
}

/** Reads what vitest knows about finished modules into plain data. */
export function outcomeOf(modules: readonly TestModule[]): Outcome {
  const cases = modules.flatMap(module => [...module.children.allTests()])
  const suites = modules.flatMap(module => [module, ...module.children.allSuites()])
  return {
    tests: cases.map(testOutcome),
    runs: lastOf(cases.flatMap(runsOf), run => run.id),
    studies: lastOf(cases.flatMap(studiesOf), ({ id }) => id),
    observations: lastOf(cases.flatMap(observationsOf), ({ id }) => id),
    tables: lastOf(cases.flatMap(tablesOf), ({ id }) => id),
    charts: lastOf(cases.flatMap(chartsOf), ({ id }) => id),
    errors: suites.flatMap(suite => suite.errors().map(errorOutcome)),
  }
}

export function testOutcome(test: TestCase): TestOutcome {
  const result = test.result()
  const artifacts = test.artifacts()
  const errors = test.attempts().at(-1)?.errors ?? result.errors ?? []
  return {
    name: test.fullName,
    spec: test.module.relativeModuleId,
    state: result.state,
    note: result.state === 'skipped' ? (result.note ?? null) : null,
    errors: result.state === 'failed' ? errors.map(errorOutcome) : [],
    assessments: lastOf(
      artifacts.flatMap(a => (a.type === 'perf:assessment' ? [a.assessment] : [])),
      ({ id }) => id,
    ),
    baselines: lastOf(
      artifacts.flatMap(a => (a.type === 'perf:baseline' ? [a] : [])),
      ({ metric }) => metric,
    ),
  }
}

/** Runs that a test handed over. */
export function runsOf(test: TestCase): BatchRun[] {
  return test.artifacts().flatMap(a => (a.type === 'perf:run' ? [a.run] : []))
}

const studiesOf = (test: TestCase): Study[] => test.artifacts().flatMap(a => (a.type === 'perf:study' ? [a.study] : []))

const observationsOf = (test: TestCase): Observation[] =>
  test.artifacts().flatMap(a => (a.type === 'perf:observation' ? [a.observation] : []))

/** Tables that a test handed over. */
export const tablesOf = (test: TestCase): MeasuredTable[] =>
  test.artifacts().flatMap(a => (a.type === 'perf:table' ? [a.table] : []))

const chartsOf = (test: TestCase): Chart[] => test.artifacts().flatMap(a => (a.type === 'perf:chart' ? [a.chart] : []))

/** Own properties survive vitest's serialisation, so a PerfError keeps its code; a wrapped one lends it. */
export function errorOutcome(error: SerializedError): ErrorOutcome {
  const chain: unknown[] = []
  for (let link: unknown = error; isObject(link) && !chain.includes(link); link = link.cause) chain.push(link)
  const codes = chain.flatMap(link => (isObject(link) && typeof link.code === 'string' ? [link.code] : []))
  return { code: codes.find(code => code.startsWith('PERF_')) ?? null, message: error.message }
}

/** The last of each key, in the order in which the keys first appeared. */
function lastOf<T>(values: readonly T[], key: (value: T) => string): T[] {
  return [...new Map(values.map(value => [key(value), value])).values()]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
