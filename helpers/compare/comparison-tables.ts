import { formatQuantity } from '../units.ts'
import type { CriterionSide, MetricComparison, ResultsComparison } from './results-comparison.ts'

/** A part of the comparison, ready to be read, for a screen or a page. */
export interface ComparisonTable {
  title: string
  columns: string[]
  rows: string[][]
  notes: string[]
}

/** Metrics with samples: the verdicts, and why. */
export function metricsTable({ metrics }: ResultsComparison): ComparisonTable {
  const compared = metrics.filter(metric => metric.state !== 'refused')
  return {
    title: 'Metrics with samples',
    columns: ['metric', 'base', 'head', 'change', '95 % interval', 'noise', 'p', 'verdict'],
    rows: compared.map(metric => [
      metric.metric,
      formatQuantity(metric.base, metric.unit),
      formatQuantity(metric.head, metric.unit),
      share(metric.change),
      metric.interval === null ? '–' : `${share(metric.interval[0])} to ${share(metric.interval[1])}`,
      metric.state === 'judged' ? formatQuantity(metric.noise, 'ratio') : '–',
      metric.state === 'judged' ? formatP(metric.pValue) : '–',
      metric.verdict,
    ]),
    notes: [
      ...grouped(compared, ({ verdict, reason }) => `${verdict}: ${reason}`),
      ...grouped(
        metrics.filter(metric => metric.state === 'refused'),
        ({ reason }) => `not compared: ${reason}`,
      ),
    ],
  }
}

/** Criteria of which the sides do not say the same. */
export function criteriaTable({
  criteria,
  otherCriteria: { same, onlyBase, onlyHead },
}: ResultsComparison): ComparisonTable {
  return {
    title: 'Criteria that changed',
    columns: ['criterion', 'base', 'head'],
    rows: criteria.map(({ id, base, head }) => [id, words(base), words(head)]),
    notes: [
      `${same} others say the same on both sides, ${onlyBase} are only in the base, ${onlyHead} only in the head.`,
    ],
  }
}

/** Numbers side by side. */
export function valuesTable({ values, valuesRefused, base, head }: ResultsComparison): ComparisonTable {
  const several = base.runs.length > 1 || head.runs.length > 1
  return {
    title: 'Other numbers, without a verdict',
    columns: ['number', 'base', 'head', 'change'],
    rows: values.map(({ id, unit, base, head, change }) => [
      id,
      base === null ? '–' : formatQuantity(base, unit),
      head === null ? '–' : formatQuantity(head, unit),
      change === null ? '–' : share(change),
    ]),
    notes: [
      ...(several ? ['Of several runs a side: the median.'] : []),
      ...valuesRefused.map(line => `Not compared: ${line}.`),
    ],
  }
}

const verdictOrder = ['regressed', 'improved', 'inconclusive', 'within noise', 'no change', 'unknown'] as const

/** `1 regressed · 2 no change · 1 not compared`. */
export function tally(metrics: readonly MetricComparison[]): string {
  const words = metrics.map(metric => (metric.state === 'refused' ? 'not compared' : metric.verdict))
  const counts = [...verdictOrder, 'not compared' as const].flatMap(word => {
    const count = words.filter(found => found === word).length
    return count > 0 ? [`${count} ${word}`] : []
  })
  return counts.length > 0
    ? counts.join(' · ')
    : 'no run has samples: none of them measured batches, or they are of an older version'
}

/** One note a reason, with the metrics that it is about. */
function grouped<M extends { metric: string }>(metrics: readonly M[], reasonOf: (metric: M) => string): string[] {
  const byReason = Map.groupBy(metrics, reasonOf)
  return [...byReason].map(([reason, of]) => `${of.map(({ metric }) => metric).join(', ')}: ${reason}`)
}

/** Each word that the runs of a side had, with what they measured: `pass ×2 (4.2 %, 4.4 %), fail (13.4 %)`. */
function words(sides: readonly CriterionSide[]): string {
  const byVerdict = Map.groupBy(sides, ({ verdict }) => verdict)
  return [...byVerdict]
    .map(([verdict, of]) => {
      const values = of.flatMap(({ measured }) => (measured ? [formatQuantity(measured.value, measured.unit)] : []))
      const count = of.length > 1 ? ` ×${of.length}` : ''
      return `${verdict}${count}${values.length > 0 ? ` (${values.join(', ')})` : ''}`
    })
    .join(', ')
}

const share = (value: number): string => formatQuantity(value, 'ratio', { signed: true })
const formatP = (p: number): string => (p < 0.001 ? '< 0.001' : p < 0.01 ? p.toFixed(3) : p.toFixed(2))
