import type { ResultItem, ResultMetric } from '../../reporting/results-schema.ts'
import { evidenceOf as evidenceOfResults } from '../evidence.ts'
import type { Evidence } from '../question.ts'

/** A run that holds these numbers and nothing else. */
export const evidenceOf = (metrics: readonly ResultMetric[]): Evidence => evidenceWith(metrics)

/** A run that has these numbers, these reasons, and of these criteria a doubt each. */
export const evidenceWith = (
  metrics: readonly ResultMetric[],
  reasons: Record<string, string> = {},
  doubts: Record<string, string> = {},
): Evidence =>
  evidenceOfResults({
    metrics: [...metrics, ...Object.entries(reasons).map(([id, reason]) => ({ id, unit: null, value: null, reason }))],
    items: Object.entries(doubts).map(([id, reason]) => inconclusive(id, reason)),
    tables: [],
  })

/** A run that holds nothing. */
export const nothing: Evidence = evidenceOf([])

const inconclusive = (id: string, reason: string): ResultItem => ({
  id,
  title: '',
  verdict: 'inconclusive',
  reason,
  unit: null,
  n: 5,
  evidence: { spec: '', test: '', line: '', data: '', advice: [] },
})
