import type { Chart } from '../charts/index.ts'
import { countLine } from '../reporting/final-lines.ts'
import type { Results } from '../reporting/results-schema.ts'
import { anchorOf } from './anchor.ts'
import { batchRunsOf } from './batch-runs.ts'
import { batchSummary } from './batch-summary.ts'
import { chartFigure, type Draw } from './chart-figure.ts'
import { textTable } from './data-table.ts'
import { type Html, html } from './html.ts'
import { inPlanOrder, planOf, planTitle } from './plans.ts'

/** Plans with anything to show beyond their verdicts. */
export function shownPlans(results: Results): string[] {
  const ids = [...results.tables, ...results.charts, ...batchRunsOf(results)]
  return inPlanOrder(ids.map(planOf))
}

/** Each plan in its own shape: batches as its summary has them, its tables, its charts. */
export function plansSections(results: Results, draw: Draw): Html {
  const runs = batchRunsOf(results)
  return html`${shownPlans(results).map(plan => {
    const own = <T extends { id: string }>(all: readonly T[]) => all.filter(each => planOf(each) === plan)
    const ownRuns = own(runs)
    const items = results.items.filter(({ id, evidence: { test } }) => planOf({ id, test }) === plan)
    const charts = own(results.charts)
    const beside = (id: string) => charts.filter(chart => chart.id.startsWith(`${id}.`))
    const rest = charts.filter(chart => !ownRuns.some(({ id }) => chart.id.startsWith(`${id}.`)))
    return html`<section class="plan" aria-labelledby="${anchorOf('plan', plan)}">
<h2 id="${anchorOf('plan', plan)}">${planTitle(plan)}</h2>
${items.length > 0 ? html`<p class="where">${countLine(items)}</p>` : null}
${ownRuns.map(run => html`${batchSummary(results, run)}${gallery(beside(run.id), draw)}`)}
${own(results.tables).map(tableArticle)}
${gallery(rest, draw)}
</section>
`
  })}`
}

const gallery = (charts: readonly Chart[], draw: Draw): Html | null =>
  charts.length > 0 ? html`<div class="gallery">${charts.map(chart => chartFigure(chart, draw))}</div>` : null

function tableArticle({ id, title, columns, rows, notes }: Results['tables'][number]): Html {
  return html`<article id="${anchorOf('table', id)}">
<h3>${title}</h3>
${textTable(title, columns, rows)}
${notes.map(note => html`<p class="note">${note}</p>`)}
</article>
`
}
