import type { TestArtifactBase } from 'vitest'
import type { BatchRun } from '../batches/batch-run.ts'
import type { Chart } from '../charts/index.ts'
import type { EngineIdentity } from '../engines/engine.ts'
import type { Study } from '../lab/study.ts'
import type { MeasuredTable, Observation } from '../observations/index.ts'
import type { Assessment } from '../verdicts/assessment.ts'

/** How far a measurement has come. Sent often, shown as one live line. */
export interface ProgressArtifact extends TestArtifactBase {
  type: 'perf:progress'
  /** `001.sequential-batches` */
  spec: string
  done: number
  /** 0 for a step that counts nothing, such as a load: `note` says what is being done. */
  total: number
  /** Requests per second over the last seconds. */
  ratePerSecond: number
  /** What is going on: `batch 2/3, chunk 3/4`. */
  note: string
}

/** A criterion was judged. */
export interface AssessmentArtifact extends TestArtifactBase {
  type: 'perf:assessment'
  assessment: Assessment
}

/** An engine has its model and is about to be measured; sent once an engine start and model. */
export interface EngineArtifact extends TestArtifactBase {
  type: 'perf:engine'
  engine: EngineIdentity
  /** Its name and what it is, for people. */
  model: string
}

/** A run was measured; sent once, before its criteria. */
export interface RunArtifact extends TestArtifactBase {
  type: 'perf:run'
  run: BatchRun
}

/** A study of the lab has ended; sent once. */
export interface StudyArtifact extends TestArtifactBase {
  type: 'perf:study'
  study: Study
}

/** A number was measured, whether or not it is judged. */
export interface ObservationArtifact extends TestArtifactBase {
  type: 'perf:observation'
  observation: Observation
}

/** Numbers side by side. */
export interface TableArtifact extends TestArtifactBase {
  type: 'perf:table'
  table: MeasuredTable
}

/** Numbers as a picture. */
export interface ChartArtifact extends TestArtifactBase {
  type: 'perf:chart'
  chart: Chart
}

/** A metric was held against its baseline. */
export interface BaselineArtifact extends TestArtifactBase {
  type: 'perf:baseline'
  /** `001.sequential-batches.throughput` */
  metric: string
  verdict: 'improved' | 'regressed' | 'within noise' | 'no change' | 'unknown' | 'no baseline' | 'recorded'
  /** `throughput 21.4 vs 21.9 req/s (-2.3 %, noise 3.1 %, p 0.21) no change` */
  line: string
}

declare module 'vitest' {
  interface TestArtifactRegistry {
    perfProgress: ProgressArtifact
    perfAssessment: AssessmentArtifact
    perfEngine: EngineArtifact
    perfRun: RunArtifact
    perfStudy: StudyArtifact
    perfBaseline: BaselineArtifact
    perfObservation: ObservationArtifact
    perfTable: TableArtifact
    perfChart: ChartArtifact
  }
}
