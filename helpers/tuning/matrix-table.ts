import type { MeasuredTable, Observation } from '../observations/index.ts'
import { estimateInWords } from './estimate-in-words.ts'
import { Footnotes } from './footnotes.ts'
import type { TuningRun } from './tuning-run.ts'
import { MATRIX } from './tuning-run-of.ts'

/** The plan's matrix, filled: a number with its interval, or a word, in every cell. */
export function matrixTable(runs: readonly TuningRun[], title: string, furtherNotes: readonly string[]): MeasuredTable {
  const notes = new Footnotes()
  const prompts = runs[0]?.longContext.map(({ name }) => name) ?? []
  const rows = runs.map(run => {
    const cell = (observation: Observation): string => cellOf(run, observation, notes)
    return [
      run.row.title,
      cell(run.coldStart),
      cell(run.warmStart),
      cell(run.ttft),
      cell(run.throughput),
      ...run.longContext.flatMap(({ ttft, prefillRate }) => [cell(ttft), cell(prefillRate)]),
      cell(run.prefixReuse),
      cell(run.gpuMemory),
      cell(run.engineMemory),
      cell(run.hostMemory),
      cell(run.failures),
    ]
  })
  const isDisturbed = rows.some(row => row.some(cell => cell.endsWith('~')))
  return {
    id: `${MATRIX}.cells`,
    title,
    columns: [
      'Configuration',
      'T1 cold',
      'T1 warm',
      'T2 TTFT',
      'T3 tokens/s',
      ...prompts.flatMap(name => [`T4 ${name} TTFT`, `T4 ${name} prefill`]),
      'T5 TTFT, prefix known',
      'T6 GPU',
      'T6 engine',
      'T6 machine',
      'Failed',
    ],
    rows,
    notes: [...notes.lines(), ...(isDisturbed ? ['~ the host was disturbed meanwhile'] : []), ...furtherNotes],
  }
}

const words = { started: 'n/a', refused: 'refused', 'not tried': 'not tried' } as const

function cellOf({ start }: TuningRun, { measured, unit, spoiledBy }: Observation, notes: Footnotes): string {
  if (measured.state === 'absent') return words[start.state] + notes.mark(measured.reason)
  return estimateInWords(measured.value, unit) + (spoiledBy === null ? '' : ' ~')
}
