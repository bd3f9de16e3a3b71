export { compareResults, regressionsIn } from './compare-results.ts'
export { comparisonMarkdown } from './comparison-markdown.ts'
export { comparisonText } from './comparison-text.ts'
export type {
  CriterionChange,
  CriterionSide,
  JudgedMetric,
  MetricComparison,
  NamedRun,
  RefusedMetric,
  ResultsComparison,
  SettingDifference,
  UnjudgedMetric,
  ValueComparison,
} from './results-comparison.ts'
