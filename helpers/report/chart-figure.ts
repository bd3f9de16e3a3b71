import { type Chart, chartTable, isWorthDrawing } from '../charts/index.ts'
import { anchorOf } from './anchor.ts'
import { textTable } from './data-table.ts'
import { type Html, html, trusted } from './html.ts'

/** Makes an SVG document of a chart; it must escape what the chart holds. */
export type Draw = (chart: Chart) => string

/** A chart with what is to be seen in it, and its numbers behind it. One that is not worth drawing is told in words. */
export function chartFigure(chart: Chart, draw: Draw): Html {
  const { columns, rows, notes } = chartTable(chart)
  return html`<figure id="${anchorOf('chart', chart.id)}">
${
  isWorthDrawing(chart)
    ? html`<div class="scroll drawing" role="region" aria-label="${chart.title}" tabindex="0">${trusted(draw(chart))}</div>`
    : html`<p><b>${chart.title}</b></p>`
}
<figcaption>${chart.description}</figcaption>
${
  rows.length > 0
    ? html`<details><summary>Numbers of the chart</summary>
${textTable(`Numbers of the chart ${chart.title}`, columns, rows)}
${notes.map(note => html`<p class="note">${note}</p>`)}</details>`
    : null
}
</figure>
`
}
