import type { BatchRun } from '../batches/batch-run.ts'
import { type RelativeRange, relativeRange } from '../statistics/index.ts'
import { formatQuantity, type Quantity } from '../units.ts'
import type { Assessment } from './assessment.ts'
import { disturbanceOf } from './disturbance.ts'
import { criterionOf, judge, unjudged } from './judge.ts'
import { enoughForThroughput, rateOf, ratesOf, throughputGroups } from './throughput.ts'

/** The plans' "variance" of throughput between batches: (max − min) / max, with its interval from the chunks. */
export function judgeThroughputVariance(run: BatchRun, limit: Quantity<'ratio'>): Assessment {
  const criterion = criterionOf(
    run,
    'throughput-variance',
    `throughput varies by less than ${formatQuantity(limit.value, 'ratio')} between batches`,
  )
  const tooLittle = enoughForThroughput(run)
  if (tooLittle) return unjudged(criterion, 'inconclusive', `${tooLittle} · ${ratesOf(run)}`)
  const range = rangeOf(run)
  if (range.interval === null)
    return unjudged(criterion, 'inconclusive', `every batch needs two chunks or more · ${ratesOf(run)}`)
  return judge(criterion, {
    measured: { value: range.value, interval: range.interval },
    limit: limit.value,
    allowed: 'below',
    unit: 'ratio',
    n: range.n,
    details: [ratesOf(run)],
    spoiledBy: disturbanceOf(run),
    advice: slowestAdvice(run),
  })
}

function slowestAdvice(run: BatchRun): string[] {
  const slowest = run.batches.toSorted((a, b) => rateOf(a) - rateOf(b)).at(0)
  return slowest
    ? [`batch ${slowest.index + 1} was the slowest: clocks, temperatures and the engine's queue during it`]
    : []
}

/**
 * A pause before a batch's first token (a reload, a wake-up) lies in one chunk and would be taken for noise between
 * chunks, the more so the longer it is. It is known, so it counts in the value and not in the noise.
 */
function rangeOf(run: BatchRun): RelativeRange {
  const whole = relativeRange(throughputGroups(run))
  const withoutPauses = relativeRange(throughputGroups(run, { withStartDelays: false }))
  if (withoutPauses.interval === null) return whole
  const [low, high] = withoutPauses.interval
  return {
    ...whole,
    interval: [Math.max(0, whole.value - (withoutPauses.value - low)), whole.value + (high - withoutPauses.value)],
  }
}
