import { evidenceInWords } from '../reporting/evidence-in-words.ts'
import type { Finding, Results } from '../reporting/results-schema.ts'
import { anchorOf } from './anchor.ts'
import { type Html, html } from './html.ts'

type Answered = Extract<Finding, { state: 'answered' }>
type Open = Extract<Finding, { state: 'open' }>

/** What the plans ask, with the answer of this run; nothing where it asked none. */
export function findingsSection(results: Results): Html | null {
  const { findings } = results
  if (findings.length === 0) return null
  const answered = findings.filter((finding): finding is Answered => finding.state === 'answered')
  const open = findings.filter((finding): finding is Open => finding.state === 'open')
  return html`<section id="findings" aria-labelledby="findings-title">
<h2 id="findings-title">Findings</h2>
<p class="where">${answered.length} answered, ${open.length} open</p>
${answered.map(finding => answer(results, finding))}
${
  open.length > 0
    ? html`<h3>Open</h3>
<dl class="open">${open.map(
        ({
          id,
          question,
          needs,
        }) => html`<div id="${anchorOf('finding', id)}"><dt>${id} · ${question}</dt><dd>${needs}</dd></div>
`,
      )}</dl>`
    : null
}
</section>`
}

function answer(results: Results, { id, question, answer: text, caveats, evidence }: Answered): Html {
  return html`<article class="finding" id="${anchorOf('finding', id)}">
<h3>${id} · ${question}</h3>
<p>${text}</p>
${caveats.length > 0 ? html`<ul class="caveats">${caveats.map(caveat => html`<li>${caveat}</li>`)}</ul>` : null}
<details><summary>Evidence <span class="count">${evidence.length}</span></summary>
<ul>${evidence.map(
    each => html`<li><a href="#${addressOf(results, each)}">${each}</a> ${evidenceInWords(results, each)}</li>
`,
  )}</ul></details>
</article>
`
}

/** Where the page shows what stands under an id: a criterion tells more than the number of the same id. */
function addressOf({ items, metrics }: Results, id: string): string {
  if (items.some(item => item.id === id)) return anchorOf('item', id)
  return anchorOf(metrics.some(metric => metric.id === id) ? 'metric' : 'table', id)
}
