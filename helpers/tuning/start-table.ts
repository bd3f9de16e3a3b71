import type { MeasuredTable, Observation } from '../observations/index.ts'
import { formatQuantity } from '../units.ts'
import { Footnotes } from './footnotes.ts'
import type { StartPhase, TuningRun } from './tuning-run.ts'
import { MATRIX } from './tuning-run-of.ts'

const NOT_TOLD = 'not told'

/** T1, split into what the engine's log tells of; `other` is the rest of the whole time. Null where no row started. */
export function startTable(runs: readonly TuningRun[]): MeasuredTable | null {
  const notes = new Footnotes()
  const starts = runs.flatMap(({ row, start, coldStart, warmStart }) =>
    start.state === 'started'
      ? [
          { title: `${row.title}, cold`, whole: coldStart, phases: start.coldPhases },
          { title: `${row.title}, warm`, whole: warmStart, phases: start.phases },
        ]
      : [],
  )
  const names = [...new Set(starts.flatMap(({ phases }) => phases.map(({ name }) => name)))]
  if (starts.length === 0) return null
  return {
    id: `${MATRIX}.start`,
    title: 'What a start is made of',
    columns: ['Start', 'Whole', ...names, 'other'],
    rows: starts.map(({ title, whole, phases }) => [title, ...cells(whole, phases, names, notes)]),
    notes: notes.lines(),
  }
}

function cells(
  { measured }: Observation<'ms'>,
  phases: readonly StartPhase[],
  names: readonly string[],
  notes: Footnotes,
): string[] {
  if (measured.state === 'absent') return [`n/a${notes.mark(measured.reason)}`, ...names.map(() => 'n/a'), 'n/a']
  const ms = (value: number): string => formatQuantity(value, 'ms')
  const told = names.map(name => phases.find(phase => phase.name === name)?.ms)
  const rest = measured.value.value - told.reduce<number>((sum, value) => sum + (value ?? 0), 0)
  return [
    ms(measured.value.value),
    ...told.map(value => (value === undefined ? NOT_TOLD : ms(value))),
    rest < 1 ? 'none' : ms(rest),
  ]
}
