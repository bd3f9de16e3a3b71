import type { MeasuredTable } from '../observations/index.ts'
import { type Paint, plainPaint } from './paint.ts'
import { table } from './table.ts'

/** A spec's table: its title and id, the columns, the rows, and what is to be said of them. */
export function tableLines({ id, title, columns, rows, notes }: MeasuredTable, paint: Paint = plainPaint): string[] {
  const [head = '', ...body] = table([columns, ...rows], 2)
  return [`${title} ${paint('dim', `· ${id}`)}`, paint('dim', head), ...body, ...notes.map(note => `  ${note}`)]
}
