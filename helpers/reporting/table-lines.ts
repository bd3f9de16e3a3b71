import type { MeasuredTable } from '../observations/index.ts'
import { fittedTable } from './fitted-table.ts'
import { type Paint, plainPaint } from './paint.ts'
import { wrap } from './wrap.ts'

/**
 * A spec's table: its title and id, the columns, the rows, and what is to be said of them, in lines of at most `width`
 * characters where its words allow that.
 */
export function tableLines(
  { id, title, columns, rows, notes }: MeasuredTable,
  { paint = plainPaint, width = 100 }: { paint?: Paint; width?: number } = {},
): string[] {
  const indented = (lines: readonly string[]) => lines.map(line => `  ${line}`)
  const blocks = fittedTable(columns, rows, width - 2)
  return [
    `${paint('bold', title)} ${paint('dim', `· ${id}`)}`,
    ...blocks.flatMap(({ head, body }, index) => [
      ...(index > 0 ? [''] : []),
      ...indented(head).map(line => paint('dim', line)),
      ...indented(body),
    ]),
    ...notes.flatMap(note => indented(wrap(note, width - 2))).map(line => paint('dim', line)),
  ]
}
