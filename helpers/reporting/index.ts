import './artifacts.ts'

export type { AssessmentArtifact, BaselineArtifact, ProgressArtifact, RunArtifact } from './artifacts.ts'
export { baselineChart } from './baseline-chart.ts'
export { type Decision, decide, decisionLine, PRODUCTION_REQUESTS } from './decision.ts'
export { unjudged } from './exit-code.ts'
export { countLine } from './final-lines.ts'
export { findingsMarkdown, findingsText } from './findings-report.ts'
export { fittedTable, isNumericColumn } from './fitted-table.ts'
export { escapeMarkdown, markdownTable } from './markdown.ts'
export { metaTable } from './meta.ts'
export { type Paint, paintFor, plainPaint } from './paint.ts'
export { reportProgress } from './progress.ts'
export type { Progress } from './progress-line.ts'
export { redact } from './redact.ts'
export { readResults } from './results-file.ts'
export { COMMENT_LIMIT, resultsMarkdown } from './results-markdown.ts'
export {
  type Finding,
  type MetricSamples,
  type ResultItem,
  type ResultMetric,
  type Results,
  resultsSchema,
} from './results-schema.ts'
export { memoryChart, throughputChart, ttftChart } from './run-charts.ts'
export type { RunWatcher } from './run-watcher.ts'
export { writeStepSummary } from './step-summary.ts'
export { verdictSentence } from './verdict-sentence.ts'
export { wrap } from './wrap.ts'
