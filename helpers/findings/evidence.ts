import type { ResultMetric, Results } from '../reporting/results-schema.ts'
import type { Evidence } from './question.ts'

/** Looks ids up in what a results file holds. */
export function evidenceOf({ items, metrics, tables }: Pick<Results, 'items' | 'metrics' | 'tables'>): Evidence {
  const itemsById = new Map(items.map(item => [item.id, item]))
  const metricsById = new Map(metrics.map(metric => [metric.id, metric]))
  const tablesById = new Map(tables.map(table => [table.id, table]))
  return {
    metric: id => {
      const metric = metricsById.get(id)
      return metric && hasValue(metric) ? metric : null
    },
    metrics: prefix => [...metricsById.values()].filter(({ id }) => id.startsWith(prefix)).filter(hasValue),
    reason: id => {
      const metric = metricsById.get(id)
      if (metric && hasValue(metric)) return null
      const item = itemsById.get(id)
      return metric?.reason ?? (item && !item.measured ? item.reason : null) ?? null
    },
    item: id => itemsById.get(id) ?? null,
    table: id => tablesById.get(id) ?? null,
  }
}

const hasValue = (metric: ResultMetric): metric is ResultMetric & { value: number } => metric.value !== null
