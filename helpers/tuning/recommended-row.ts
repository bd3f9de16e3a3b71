import { absent, type Measured, measured } from '../measured.ts'
import { ratioOfEstimates } from '../statistics/index.ts'
import type { Estimate } from '../verdicts/index.ts'
import { isWithin, type MemoryLimits } from './memory-limits.ts'
import { trueBaseline } from './true-baseline.ts'
import type { TuningRun } from './tuning-run.ts'

export interface Recommendation {
  run: TuningRun
  /** Why it, in a sentence. */
  reason: string
}

/** The rule, for people. */
export const recommendationRule =
  'Recommended is, of the rows that started, lost no request, did not crash and kept within the limits of memory, the one ' +
  'with the highest lower bound of T3 tokens a second; it must be faster than the baseline with its whole interval, each ' +
  'time that the baseline ran, on a host that nobody disturbed. If none is, the baseline.'

/** By {@link recommendationRule}. Pure. Absent where no row ran well. */
export function recommendedRow(runs: readonly TuningRun[], limits: MemoryLimits): Measured<Recommendation> {
  const sound = runs.filter(run => isSound(run, limits))
  const references = trueBaseline(runs)
  const [reference] = references
  const baseline = references.find(run => sound.includes(run))
  const faster = sound.filter(run => !references.includes(run) && references.every(other => isFaster(run, other)))
  const best = highest(faster)
  if (best && reference) return measured({ run: best, reason: `it is measurably faster than ${reference.row.title}` })
  if (baseline) return measured({ run: baseline, reason: 'no row is measurably faster than the baseline' })
  const rest = highest(sound)
  if (rest) return measured({ run: rest, reason: 'the baseline did not run well, and this is the fastest that did' })
  return absent('no row started, answered all requests and kept within the limits of memory')
}

const isSound = (run: TuningRun, limits: MemoryLimits): boolean =>
  run.start.state === 'started' &&
  run.failures.measured.state === 'measured' &&
  run.failures.measured.value.value === 0 &&
  run.throughput.measured.state === 'measured' &&
  isWithin(run, limits)

/** How many times as many tokens a second a row answers; absent where one of them has no number. */
export function gainOver(run: TuningRun, reference: TuningRun): Measured<Estimate> {
  const [to, from] = [run.throughput.measured, reference.throughput.measured]
  if (to.state === 'absent') return to
  return from.state === 'absent' ? from : measured(ratioOfEstimates(from.value, to.value))
}

function isFaster(run: TuningRun, reference: TuningRun): boolean {
  const gain = gainOver(run, reference)
  const isQuiet = run.throughput.spoiledBy === null && reference.throughput.spoiledBy === null
  return isQuiet && gain.state === 'measured' && gain.value.interval !== null && gain.value.interval[0] > 1
}

/** By the lower bound of tokens a second; a number without an interval is its own. */
function highest(runs: readonly TuningRun[]): TuningRun | undefined {
  const bound = ({ throughput: { measured: found } }: TuningRun): number =>
    found.state === 'measured' ? (found.value.interval?.[0] ?? found.value.value) : Number.NEGATIVE_INFINITY
  return runs.toSorted((a, b) => bound(b) - bound(a))[0]
}
