import type { Measured } from '../measured.ts'
import type { MeasuredTable } from '../observations/index.ts'

/**
 * - `fitted`: everything was loaded and answered
 * - `killed`: the kernel ended a process for want of memory
 * - `over budget`: nothing forbade it, and what was measured is more than the budget; only where there is no cage
 * - `refused`: the engine said no, or ended for another reason
 * - `hung`: it was neither loaded nor refused within the limit of time
 * - `not tried`: there was no room on this machine to try it
 */
export type TrialOutcome = 'fitted' | 'killed' | 'over budget' | 'refused' | 'hung' | 'not tried'

/** One step of a search for a limit: what was predicted, then what came. */
export interface TrialRow {
  /** What was tried: `6 × qwen2.5-0.5b ÷ 16 q4_0, 2,048 tokens`. */
  label: string
  limitBytes: number
  predictedBytes: number
  predictedFits: boolean
  outcome: TrialOutcome
  /** What was in use when everything was loaded and had answered; absent where it did not get so far. */
  realBytes: Measured
  /** Why it ended as it did; empty where it fitted. */
  detail: string
}

/** All steps of a search, in the order in which they were tried. */
export function trialTable(id: string, title: string, rows: readonly TrialRow[], notes: string[] = []): MeasuredTable {
  // All in one unit, and fine enough to tell a limit from what is just above it.
  const bytes = (value: number) => `${(value / 2 ** 20).toFixed(1)} MiB`
  return {
    id,
    title,
    columns: ['tried', 'limit', 'predicted', 'would fit', 'real', 'outcome'],
    rows: rows.map(row => [
      row.label,
      bytes(row.limitBytes),
      bytes(row.predictedBytes),
      row.predictedFits ? 'yes' : 'no',
      row.realBytes.state === 'measured' ? bytes(row.realBytes.value) : '–',
      row.outcome,
    ]),
    notes: [
      ...notes,
      ...rows.flatMap(({ label, outcome, detail }) => (detail ? [`${label}: ${outcome}, ${detail}`] : [])),
    ],
  }
}
