import type { ResultItem, ResultMetric } from '../../reporting/results-schema.ts'
import type { Evidence } from '../question.ts'

/** A run that has these numbers, these reasons, and of these criteria a doubt each. */
export function evidenceWith(
  metrics: readonly ResultMetric[],
  reasons: Record<string, string> = {},
  doubts: Record<string, string> = {},
): Evidence {
  const found = metrics.flatMap(metric => (metric.value === null ? [] : [{ ...metric, value: metric.value }]))
  return {
    metric: id => found.find(metric => metric.id === id) ?? null,
    metrics: prefix => found.filter(({ id }) => id.startsWith(prefix)),
    reason: id => reasons[id] ?? null,
    item: id => (doubts[id] === undefined ? null : inconclusive(id, doubts[id])),
    table: () => null,
  }
}

const inconclusive = (id: string, reason: string): ResultItem => ({
  id,
  title: '',
  verdict: 'inconclusive',
  reason,
  unit: 'ratio',
  n: 5,
  evidence: { spec: '', test: '', line: '', data: '', advice: [] },
})
