import type { ResultItem, Results } from '../reporting/results-schema.ts'
import { verdictWords } from '../reporting/verdict-words.ts'
import { anchorOf } from './anchor.ts'
import { type Column, dataTable, wrappedNumber } from './data-table.ts'
import { type Html, html } from './html.ts'
import { message } from './message.ts'
import { limitInWords, measuredInWords, missedBy } from './numbers.ts'
import { remarksOf } from './remarks.ts'

type Verdict = ResultItem['verdict']

/** The address of all criteria of a verdict. */
export const verdictAnchor = (verdict: Verdict): string => `verdict-${verdict.replaceAll(' ', '-')}`

/** Everything that was judged: what needs somebody first, what does not apply last and folded. */
export function verdictsSection({ items }: Pick<Results, 'items'>): Html {
  const of = (verdict: Verdict) => items.filter(item => item.verdict === verdict)
  return html`<section id="verdicts" aria-labelledby="verdicts-title">
<h2 id="verdicts-title">Verdicts</h2>
${items.length === 0 ? html`<p>Nothing was judged.</p>` : null}
${part('fail', 'Failed', of('fail'), failures)}
${part('could not measure', 'Could not be measured', of('could not measure'), byReason)}
${part('inconclusive', 'Inconclusive', of('inconclusive'), byKindOfReason)}
${part('pass', 'Passed', of('pass'), passes)}
${part('not applicable', 'Not applicable', of('not applicable'), notApplicable)}
</section>`
}

function part(verdict: Verdict, title: string, items: ResultItem[], body: (items: ResultItem[]) => Html): Html | null {
  if (items.length === 0) return null
  const { sign } = verdictWords[verdict]
  return html`<section class="verdict ${verdict.replaceAll(' ', '-')}" id="${verdictAnchor(verdict)}">
<h3><span class="sign" aria-hidden="true">${sign}</span> ${title} <span class="count">${items.length.toLocaleString('en')}</span></h3>
${body(items)}
</section>
`
}

const failures = (items: ResultItem[]): Html => html`${items.map(failure)}`

function failure(item: ResultItem): Html {
  const figures = [
    ['Measured', measuredInWords(item)],
    ['Limit', limitInWords(item)],
    ['Missed by', missedBy(item)],
  ].filter(([, value]) => value)
  const remarks = remarksOf(item)
  return html`<article class="card" id="${anchorOf('item', item.id)}">
<h4>${item.title}</h4>
<p class="where">${suiteOf(item)}</p>
${
  figures.length > 0
    ? html`<dl class="figures">${figures.map(([name = '', value = '']) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
    : null
}
${remarks ? html`<p>${remarks}</p>` : null}
${item.reason ? message(item.reason) : null}
${adviceList(item.evidence.advice)}
<p class="where"><code>${item.id}</code></p>
</article>
`
}

/** Many criteria share one reason: it is said once, above them. */
function byReason(items: ResultItem[]): Html {
  const groups = [...Map.groupBy(items, reasonOf)]
  return html`${groups.map(([reason, group]) => reasonCard(reason, group, itemTable(reason, group)))}`
}

/** Reasons that begin alike (`the host was disturbed: …`) stand together, with what differs beside each criterion. */
function byKindOfReason(items: ResultItem[]): Html {
  const groups = [...Map.groupBy(items, item => kindOf(reasonOf(item)))]
  return html`${groups.map(([kind, group]) => {
    const reasons = new Set(group.map(reasonOf))
    const [reason = kind] = reasons
    return reasons.size === 1
      ? reasonCard(reason, group, itemTable(reason, group))
      : reasonCard(kind, group, itemTable(kind, group, { why: item => reasonOf(item).slice(kind.length + 2) }))
  })}`
}

const kindOf = (reason: string): string => reason.split(': ', 1)[0] ?? reason

const reasonCard = (reason: string, items: readonly ResultItem[], table: Html): Html => html`<article class="card">
${message(reason)}
${table}
${adviceList([...new Set(items.flatMap(({ evidence }) => evidence.advice))])}
</article>
`

function passes(items: ResultItem[]): Html {
  const suites = [...Map.groupBy(items, suiteOf)]
  return html`${suites.map(
    ([
      suite,
      group,
    ]) => html`<details class="matters"><summary>${suite} <span class="count">${group.length}</span></summary>
${itemTable(suite, group, { title: item => item.title })}
</details>
`,
  )}`
}

function notApplicable(items: ResultItem[]): Html {
  const groups = [...Map.groupBy(items, reasonOf)]
  return html`<details><summary>${groups.length === 1 ? 'For one reason' : `For ${groups.length} reasons`}</summary>
${groups.map(
  ([reason, group]) => html`<div class="reason">
${message(reason)}
${itemList(group)}
</div>
`,
)}</details>`
}

function itemTable(
  label: string,
  items: readonly ResultItem[],
  {
    title = titleAndSuite,
    why = () => '',
  }: { title?: (item: ResultItem) => string | Html; why?: (item: ResultItem) => string } = {},
): Html {
  const all: { column: Column; cell: (item: ResultItem) => string | Html }[] = [
    { column: { name: 'Criterion', isNumeric: false }, cell: title },
    { column: { name: 'Measured', isNumeric: true }, cell: item => wrappedNumber(measuredInWords(item)) },
    { column: { name: 'Limit', isNumeric: true }, cell: limitInWords },
    { column: { name: 'Seen', isNumeric: false }, cell: remarksOf },
    { column: { name: 'Why', isNumeric: false }, cell: why },
  ]
  // A column that nothing fills is left out: most tests that broke have no number.
  const used = all.filter(({ cell }, index) => index === 0 || items.some(item => String(cell(item)) !== ''))
  if (used.length === 1) return itemList(items)
  return dataTable(
    label,
    used.map(({ column }) => column),
    items.map(item => ({ anchor: anchorOf('item', item.id), cells: used.map(({ cell }) => cell(item)) })),
  )
}

const itemList = (items: readonly ResultItem[]): Html =>
  html`<ul>${items.map(item => html`<li id="${anchorOf('item', item.id)}">${titleAndSuite(item)}</li>`)}</ul>`

/** Its suite stands beside a title that does not name it. */
const titleAndSuite = (item: ResultItem): string | Html =>
  titledBySuite(item) ? item.title : html`${item.title} <span class="where">${suiteOf(item)}</span>`

const titledBySuite = (item: ResultItem): boolean => item.title.startsWith(suiteOf(item))

/** `001 · 3 × 5K sequential batches`: the test's name without its last part. */
function suiteOf({ evidence: { test } }: ResultItem): string {
  const end = test.lastIndexOf(' > ')
  return end < 0 ? test : test.slice(0, end)
}

/** A note of vitest's begins with the word that the heading says already. */
function reasonOf({ reason, verdict, evidence }: ResultItem): string {
  const text = reason ?? (evidence.line || 'No reason was given.')
  return text.startsWith(`${verdict}: `) ? text.slice(verdict.length + 2) : text
}

/** Advice is a sentence of its own, and may begin with the words that stand above it. */
function adviceList(advice: readonly string[]): Html | null {
  if (advice.length === 0) return null
  const sentences = advice.map(text => text.replace(/^look at:? /i, ''))
  return html`<div class="advice"><p class="label">Look at</p><ul>${sentences.map(sentence => html`<li>${sentence}</li>`)}</ul></div>`
}
