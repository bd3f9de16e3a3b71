import { seededRandom } from '../statistics/index.ts'
import type { TuningRow } from './tuning-row.ts'

/** The id of the baseline when it runs for the second time. */
export const BASELINE_AGAIN = 'baseline-again'

/**
 * The rows in the order in which they run: the baseline first, the others as the seed draws them (Fisher and Yates), and
 * the baseline once more, so that what the machine does over time falls on no row in particular and is seen.
 */
export function matrixOrder(rows: readonly TuningRow[], seed: number): TuningRow[] {
  const [baseline, ...others] = rows
  if (baseline === undefined) return []
  const random = seededRandom(seed)
  const drawn: TuningRow[] = []
  while (others.length > 0) drawn.push(...others.splice(Math.floor(random() * others.length), 1))
  return [baseline, ...drawn, { ...baseline, id: BASELINE_AGAIN, title: `${baseline.title}, once more` }]
}
