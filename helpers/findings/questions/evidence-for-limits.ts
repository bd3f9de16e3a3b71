import type { Evidence } from '../question.ts'

type Metric = ReturnType<Evidence['metrics']>[number]

/** For tests: a run that holds nothing. */
export const nothing: Evidence = {
  metric: () => null,
  metrics: () => [],
  reason: () => null,
  item: () => null,
  table: () => null,
}

/** For tests: a run that holds these numbers and nothing else. */
export const evidenceOf = (metrics: readonly Metric[]): Evidence => ({
  ...nothing,
  metric: id => metrics.find(metric => metric.id === id) ?? null,
  metrics: prefix => metrics.filter(({ id }) => id.startsWith(prefix)),
})
