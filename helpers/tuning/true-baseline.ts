import { BASELINE_AGAIN } from './matrix-order.ts'
import type { TuningRun } from './tuning-run.ts'

const BASELINE = 'baseline'

/**
 * The runs that the others are compared with: the row that does today what the plan's baseline meant, if it started; else
 * the baseline, both times that it ran. Empty where none of them has a number of tokens a second.
 */
export function trueBaseline(runs: readonly TuningRun[]): TuningRun[] {
  const measured = runs.filter(({ throughput }) => throughput.measured.state === 'measured')
  const today = measured.filter(({ row }) => row.insteadOf === BASELINE)
  return today.length > 0 ? today : measured.filter(({ row }) => row.id === BASELINE || row.id === BASELINE_AGAIN)
}
