import type { ResultMetric, Results } from '../reporting/results-schema.ts'
import { anchorOf } from './anchor.ts'
import { type Column, dataTable } from './data-table.ts'
import { type Content, type Html, html } from './html.ts'
import { interval, metricInWords } from './numbers.ts'
import { inPlanOrder, planOf } from './plans.ts'

/** Every number of the run, folded by spec. A browser's search and links to a number unfold them. */
export function metricsSection({ metrics }: Pick<Results, 'metrics'>): Html | null {
  if (metrics.length === 0) return null
  const specs = [...Map.groupBy(metrics, specOf)]
  const order = inPlanOrder(specs.map(([spec]) => planOf({ id: spec })))
  const ordered = order.flatMap(plan => specs.filter(([spec]) => planOf({ id: spec }) === plan))
  return html`<section id="metrics" aria-labelledby="metrics-title">
<h2 id="metrics-title">All numbers</h2>
${ordered.map(
  ([spec, own]) => html`<details><summary>${spec} <span class="count">${own.length}</span></summary>
${metricTable(spec, own)}
</details>
`,
)}</section>`
}

/** `001.sequential-batches` */
const specOf = ({ id }: ResultMetric): string => id.split('.', 2).join('.')

function metricTable(spec: string, metrics: readonly ResultMetric[]): Html {
  const all: { column: Column; cell: (metric: ResultMetric) => Content }[] = [
    { column: { name: 'Number', isNumeric: false }, cell: ({ id }) => id.slice(spec.length + 1) || id },
    { column: { name: 'Value', isNumeric: true }, cell: metricInWords },
    { column: { name: '95 % interval', isNumeric: true }, cell: ({ interval: ends, unit }) => interval(ends, unit) },
    { column: { name: 'What it is', isNumeric: false }, cell: aboutOf },
  ]
  const used = all.filter(({ cell }, index) => index < 2 || metrics.some(metric => cell(metric) !== ''))
  return dataTable(
    `Numbers of ${spec}`,
    used.map(({ column }) => column),
    metrics.map(metric => ({ anchor: anchorOf('metric', metric.id), cells: used.map(({ cell }) => cell(metric)) })),
  )
}

const aboutOf = ({ title, details = [], scale, spoiledBy, reason, baseline }: ResultMetric): string =>
  [
    title,
    ...details,
    scale ? `on a model ÷ ${scale}` : '',
    spoiledBy,
    reason,
    baseline ? `baseline: ${baseline.line}` : '',
  ]
    .filter(Boolean)
    .join(' · ')
