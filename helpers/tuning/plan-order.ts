import { BASELINE_AGAIN } from './matrix-order.ts'
import type { TuningRow } from './tuning-row.ts'
import type { TuningRun } from './tuning-run.ts'

/** Runs as the rows are written, the baseline's second one under its first: for people to read. */
export function inPlanOrder(runs: readonly TuningRun[], rows: readonly TuningRow[]): TuningRun[] {
  const rank = ({ row: { id } }: TuningRun): number =>
    id === BASELINE_AGAIN ? 0.5 : rows.findIndex(row => row.id === id)
  return runs.toSorted((a, b) => rank(a) - rank(b))
}
