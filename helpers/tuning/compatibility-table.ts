import type { MeasuredTable } from '../observations/index.ts'
import { Footnotes } from './footnotes.ts'
import { BASELINE_AGAIN } from './matrix-order.ts'
import type { TuningRun } from './tuning-run.ts'
import { MATRIX } from './tuning-run-of.ts'

/** The plan's compatibility matrix, with what really happened in its last column. */
export function compatibilityTable(runs: readonly TuningRun[]): MeasuredTable {
  const notes = new Footnotes()
  const shown = runs.filter(({ row }) => row.id !== BASELINE_AGAIN)
  const titles = new Map(runs.map(({ row }) => [row.id, row.title]))
  return {
    id: `${MATRIX}.compatibility`,
    title: 'What the configurations need, and whether they started here',
    columns: ['Configuration', 'Started', 'Needs', 'Cannot be combined with', 'Expected', 'In place of'],
    rows: shown.map(({ row, start }) => [
      row.title,
      started(start, notes),
      row.needs.join('; ') || 'nothing',
      row.conflicts.map(id => titles.get(id) ?? id).join('; ') || 'nothing',
      row.expected,
      row.insteadOf === null ? 'none' : (titles.get(row.insteadOf) ?? row.insteadOf),
    ]),
    notes: notes.lines(),
  }
}

function started(start: TuningRun['start'], notes: Footnotes): string {
  if (start.state === 'started') return `yes${start.remarks.map(remark => notes.mark(remark)).join('')}`
  if (start.state === 'not tried') return `not tried${notes.mark(start.reason)}`
  const flag = start.unknownFlag === null ? '' : `; this version does not know ${start.unknownFlag}`
  return `no${notes.mark(`${start.error}${flag}`)}`
}
