/** results.json for programs that read it: needs no vitest. */
export { readResults } from './reporting/results-file.ts'
export {
  type Finding,
  type MetricSamples,
  type ResultItem,
  type ResultMetric,
  type Results,
  resultsSchema,
} from './reporting/results-schema.ts'
