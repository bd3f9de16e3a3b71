import './artifacts.ts'

export type { AssessmentArtifact, BaselineArtifact, ProgressArtifact, RunArtifact } from './artifacts.ts'
export { memoryChart, throughputChart } from './charts.ts'
export { type Decision, decide, decisionLine, PRODUCTION_REQUESTS } from './decision.ts'
export { metaTable } from './meta.ts'
export { reportProgress } from './progress.ts'
export type { Progress } from './progress-line.ts'
export { type Results, resultsSchema } from './results-schema.ts'
