import { isNumericColumn } from '../reporting/fitted-table.ts'
import { type Content, type Html, html } from './html.ts'

export interface Column {
  name: string
  /** Aligned to the right. */
  isNumeric: boolean
}

export interface Row {
  /** The address of what the row shows; null where nothing links to it. */
  anchor: string | null
  /** The first is the row's header. */
  cells: readonly Content[]
}

/**
 * A table that scrolls in itself where the page is too narrow, and can be scrolled with the keyboard. `label` names it
 * for those who do not see what stands above it.
 */
export function dataTable(label: string, columns: readonly Column[], rows: readonly Row[]): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<thead><tr>${columns.map(({ name, isNumeric }) => html`<th scope="col"${numeric(isNumeric)}>${name}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ({ anchor, cells }) => html`<tr${anchor === null ? null : html` id="${anchor}"`}>${cells.map((cell, index) =>
    index === 0
      ? html`<th scope="row">${cell}</th>`
      : html`<td${numeric(columns[index]?.isNumeric ?? false)}>${cell}</td>`,
  )}</tr>
`,
)}</tbody>
</table></div>`
}

/** The same for text, with columns of numbers found by what they hold. */
export function textTable(label: string, columns: readonly string[], rows: readonly (readonly string[])[]): Html {
  return dataTable(
    label,
    columns.map((name, index) => ({
      name,
      isNumeric: isNumericColumn(
        index,
        rows.map(row => withoutInterval(row[index] ?? '')),
      ),
    })),
    rows.map(cells => ({ anchor: null, cells: columns.map((_, index) => wrappedNumber(cells[index] ?? '')) })),
  )
}

const INTERVAL = /^(.+) (\[[^[\]]+\])$/

const withoutInterval = (cell: string): string => cell.replace(INTERVAL, '$1')

/** A number stays on one line, and so does its interval. */
export function wrappedNumber(cell: string): string | Html {
  const [, value, interval] = INTERVAL.exec(cell) ?? []
  if (value === undefined || interval === undefined) return cell
  return html`<span class="whole">${value}</span> <span class="whole">${interval}</span>`
}

const numeric = (isNumeric: boolean): Html | null => (isNumeric ? html` class="number"` : null)
