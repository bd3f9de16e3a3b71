import type { MeasuredTable } from '../observations/index.ts'
import { isNumericColumn } from './fitted-table.ts'
import { escapeMarkdown, markdownTable } from './markdown.ts'

/** A spec's table in Markdown, under a title of the level that `hashes` say, with its notes. */
export function measuredTableMarkdown({ id, title, columns, rows, notes }: MeasuredTable, hashes: string): string[] {
  const numeric = columns.map((_, index) =>
    isNumericColumn(
      index,
      rows.map(row => row[index] ?? ''),
    ),
  )
  return [
    `${hashes} ${escapeMarkdown(title)} (${escapeMarkdown(id)})`,
    '',
    ...markdownTable(columns, rows, numeric),
    ...notes.map(note => `- ${escapeMarkdown(note)}`),
    ...(notes.length > 0 ? [''] : []),
  ]
}
