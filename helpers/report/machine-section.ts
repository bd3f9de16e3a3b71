import type { Results } from '../reporting/results-schema.ts'
import { formatQuantity } from '../units.ts'
import { dataTable } from './data-table.ts'
import { type Html, html } from './html.ts'
import type { Part } from './merge-results.ts'
import { momentInWords } from './moment.ts'

type Engine = NonNullable<Results['engine']>

/** The machine, and the engine as it really ran. */
export function machineSection({ host, engine }: Results, parts: readonly Part[], notes: readonly string[]): Html {
  return html`<section id="machine" aria-labelledby="machine-title">
<h2 id="machine-title">Machine and engine</h2>
${notes.map(note => html`<p class="caution">${note}</p>`)}
<dl class="facts-list">
${fact('Machine', `${host.cpu}, ${host.cores} cores, ${formatQuantity(host.ramBytes, 'bytes')} of memory`)}
${fact('System', `${host.platform}, Node ${host.node}`)}
${host.hardware ? fact('Hardware id', host.hardware) : null}
${engine ? engineFacts(engine) : fact('Engine', 'none was measured')}
</dl>
${(engine?.cautions ?? []).map(caution => html`<p class="caution">${caution}</p>`)}
${engine && engine.runs.length > 0 ? modelTable(engine) : null}
${parts.length > 1 ? partTable(parts) : null}
</section>`
}

const fact = (name: string, value: string): Html => html`<div><dt>${name}</dt><dd>${value}</dd></div>
`

function engineFacts({ name, version, runsAs, url, origin, arguments: words }: Engine): Html {
  return html`${fact('Engine', `${name} ${version}`)}
${fact('Runs as', origin === 'spawned' ? `${runsAs}, started by the suite` : `${runsAs}, which was running already`)}
${fact('Address', url)}
${words.length > 0 ? html`<div><dt>Arguments</dt><dd><code>${words.join(' ')}</code></dd></div>` : null}`
}

/** One line a model and scale: many specs measure the same. */
function modelTable({ runs }: Engine): Html {
  const models = [...Map.groupBy(runs, ({ model, scale, modelBytes }) => `${model} ${scale} ${modelBytes}`).values()]
  return html`<details><summary>Models <span class="count">${models.length}</span></summary>
${dataTable(
  'Models',
  [
    { name: 'Model', isNumeric: false },
    { name: 'Size', isNumeric: true },
    { name: 'Of the real one', isNumeric: true },
    { name: 'Measured by', isNumeric: false },
  ],
  models.map(same => {
    const [first] = same
    const { model = '', scale = null, modelBytes = null } = first ?? {}
    return {
      anchor: null,
      cells: [
        model,
        modelBytes === null ? '–' : formatQuantity(modelBytes, 'bytes'),
        scale === null ? '–' : scale === 1 ? 'the whole' : `1/${scale}`,
        [...new Set(same.map(({ id }) => id))].join(', '),
      ],
    }
  }),
)}</details>`
}

function partTable(parts: readonly Part[]): Html {
  return html`<h3>Merged from ${parts.length} results files</h3>
${dataTable(
  'Results files that were merged',
  ['File', 'Started', 'Machine'].map(name => ({ name, isNumeric: false })),
  parts.map(({ name, results: { startedAt, host } }) => ({
    anchor: null,
    cells: [
      name,
      momentInWords(startedAt),
      `${host.cpu}, ${host.cores} cores, ${formatQuantity(host.ramBytes, 'bytes')}, Node ${host.node}`,
    ],
  })),
)}`
}
