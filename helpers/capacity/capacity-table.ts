import type { Measured } from '../measured.ts'
import type { MeasuredTable } from '../observations/index.ts'
import type { Estimate } from '../verdicts/assessment.ts'
import { DAY_MS, fitsWindow, marginOf, mostWithin, timeFor } from './capacity.ts'

/** Plan 002's volumes. */
const volumes = [100_000, 1_000_000, 10_000_000, 17_000_000]

export interface CapacityTableInput {
  /** `002.over-http.capacity`. */
  id: string
  /** What was measured, for the title: `sla-256x4 on vLLM 0.32.0`. */
  of: string
  /** Requests a second. */
  rate: Measured<Estimate>
  /** What limits the numbers, a sentence each. */
  notes?: string[]
}

/** How long plan 002's volumes take at a measured rate, whether they fit 24 hours, and the most that does. */
export function capacityTable({ id, of, rate, notes = [] }: CapacityTableInput): MeasuredTable {
  const most = mostWithin(rate)
  return {
    id,
    title: `What ${of} gets done in 24 hours`,
    columns: ['Requests', 'Time', 'Within 24 h', 'Margin'],
    rows: [
      ...volumes.map(requests => [
        whole(requests),
        cell(timeFor(requests, rate), duration),
        word(fitsWindow(requests, rate)),
        cell(marginOf(requests, rate), percentage),
      ]),
      [`at most ${cell(most, whole)}`, duration(DAY_MS), '–', percentage(0)],
    ],
    notes: [...(rate.state === 'absent' ? [rate.reason] : []), ...notes],
  }
}

function cell(estimate: Measured<Estimate>, show: (value: number) => string): string {
  if (estimate.state === 'absent') return '–'
  const { value, interval } = estimate.value
  return interval === null ? show(value) : `${show(value)} [${show(interval[0])}, ${show(interval[1])}]`
}

const word = (fits: Measured<string>): string => (fits.state === 'absent' ? '–' : fits.value)

const whole = (value: number): string => value.toLocaleString('en')
const percentage = (share: number): string => `${(100 * share).toFixed(2)} %`

/** As plan 002 tells them: two decimals, minutes below an hour. */
const duration = (ms: number): string =>
  ms < 3_600_000 ? `${(ms / 60_000).toFixed(2)} min` : `${(ms / 3_600_000).toFixed(2)} h`
