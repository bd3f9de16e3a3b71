import { decisionLine } from '../reporting/decision.ts'
import { decisionOf } from '../reporting/results-decision.ts'
import type { ResultMetric, Results } from '../reporting/results-schema.ts'
import { signState, type WarningSign, warningSigns } from '../reporting/warning-signs.ts'
import { formatQuantity } from '../units.ts'
import { anchorOf } from './anchor.ts'
import type { BatchesOfRun } from './batch-runs.ts'
import { dataTable } from './data-table.ts'
import { type Html, html } from './html.ts'
import { metricInWords } from './numbers.ts'

/** Columns of the plan's summary: the name of the metric of a batch; a whole run has no time per request. */
const columns = [
  ['Time', 'time'],
  ['Requests', 'throughput'],
  ['Tokens', 'token-throughput'],
  ['A request', 'time-per-request'],
  ['Success', 'success-rate'],
  ['Memory before', 'memory-before'],
  ['after', 'memory-after'],
  ['change', 'memory-delta'],
  ['peak', 'memory-peak'],
] as const

/** The plan's final summary of batches back to back: the decision, the warning signs, each batch, and the whole. */
export function batchSummary(results: Results, run: BatchesOfRun): Html {
  const items = results.items.filter(({ id }) => id.startsWith(`${run.id}.`))
  const setting = results.engine?.runs.find(({ id }) => id === run.id)
  const about = setting ? [setting.model, setting.workload.replace(/^\S+ \((.*)\)$/, '$1')] : []
  return html`<article id="${anchorOf('run', run.id)}">
<h3>${run.id.slice(run.id.indexOf('.') + 1).replaceAll('-', ' ')}</h3>
${about.length > 0 ? html`<p class="where">${about.join(' · ')}</p>` : null}
<p><b>Decision</b> ${decisionLine(decisionOf(results, run.id))}</p>
<ul class="signs">${(Object.keys(warningSigns) as WarningSign[]).map(sign => html`<li>${signInWords(sign, items)}</li>`)}</ul>
${perBatch(run)}
${figures(run)}
</article>
`
}

function signInWords(sign: WarningSign, items: Results['items']): Html {
  const state = signState(sign, items)
  switch (state.state) {
    case 'present':
      return html`<span class="fail"><span aria-hidden="true">✗</span> ${sign}:</span> ${state.shownBy.map(({ id, title }, index) => html`${index > 0 ? '; ' : ''}<a href="#${anchorOf('item', id)}">${title}</a>`)}`
    case 'absent':
      return html`<span class="pass"><span aria-hidden="true">✓</span> no ${sign}</span>`
    case 'unknown':
      return html`<span class="inconclusive"><span aria-hidden="true">?</span> ${sign}:</span> ${state.reason}`
  }
}

function perBatch({ id, batches, figure }: BatchesOfRun): Html {
  const used = columns.filter(([, name]) => batches.some(batch => figure(batch, name)?.value != null))
  const row = (title: string, batch: number | null) => ({
    anchor: null,
    cells: [title, ...used.map(([, name]) => numberOf(figure(batch, name)))],
  })
  const reasons = new Set(columns.flatMap(([, name]) => batches.flatMap(batch => figure(batch, name)?.reason ?? [])))
  return html`${dataTable(
    `Batches of ${id}`,
    [{ name: 'Batch', isNumeric: false }, ...used.map(([name]) => ({ name, isNumeric: true }))],
    [...batches.map(batch => row(String(batch), batch)), row('All', null)],
  )}
${[...reasons].map(reason => html`<p class="note">${reason}</p>`)}`
}

const numberOf = (metric: ResultMetric | null): string => (metric === null ? '–' : metricInWords(metric))

/** What is told of the run as a whole; a line without any number is left out. */
function figures({ batches, figure }: BatchesOfRun): Html {
  const show = (name: string, as: (shown: string) => string) => {
    const metric = figure(null, name)
    return metric && metric.value !== null ? [as(metricInWords(metric))] : []
  }
  const plain = (shown: string) => shown
  const rates = batches.flatMap(batch => figure(batch, 'throughput')?.value ?? [])
  const quantiles = (name: string) =>
    (['p50', 'p95', 'p99'] as const).flatMap(q => show(`${name}-${q}`, shown => `${q} ${shown}`))
  const lines: [name: string, values: string[]][] = [
    ['Requests', [...show('requests', plain), ...show('failed', shown => `${shown} failed`)]],
    [
      'Between batches',
      [
        ...show('throughput-variance', shown => `(max − min) / max ${shown}`),
        ...show('throughput-deviation', shown => `σ ${shown}`),
        ...(rates.length > 1
          ? [[Math.min(...rates), Math.max(...rates)].map(rate => formatQuantity(rate, 'requests/s')).join(' to ')]
          : []),
      ],
    ],
    ['Time to first token', quantiles('ttft')],
    ['Time per output token', quantiles('tpot')],
    ['Between tokens', quantiles('itl')],
    ['Whole request', quantiles('e2e')],
    [
      'Tokens',
      [
        ...show('prompt-tokens', shown => `${shown} of prompts`),
        ...show('completion-tokens', shown => `${shown} generated`),
        ...show('cached-tokens', shown => `${shown} from the cache`),
        ...show('cache-hit-rate', shown => `hit rate ${shown}`),
      ],
    ],
    ['Load', show('load-time', plain)],
    [
      'Client',
      [
        ...show('event-loop-lag-p99', shown => `event loop late by ${shown} at p99`),
        ...show('schedule-delay-p99', shown => `requests sent late by ${shown} at p99`),
      ],
    ],
  ]
  return html`<dl class="facts-list">
${lines
  .filter(([, values]) => values.length > 0)
  .map(
    ([name, values]) => html`<div><dt>${name}</dt><dd>${values.join(' · ')}</dd></div>
`,
  )}</dl>`
}
