import type { BatchRun } from '../batches/batch-run.ts'
import { degradation } from '../statistics/index.ts'
import { formatQuantity, type Quantity } from '../units.ts'
import type { Assessment } from './assessment.ts'
import { disturbanceOf } from './disturbance.ts'
import { criterionOf, judge, unjudged } from './judge.ts'
import { enoughForThroughput, ratesOf, throughputGroups } from './throughput.ts'

/** Does throughput fall from batch to batch? The fall from the first to the last batch, from the trend over all chunks. */
export function judgeDegradation(run: BatchRun, limit: Quantity<'ratio'>): Assessment {
  const criterion = criterionOf(
    run,
    'no-degradation',
    `throughput falls by less than ${formatQuantity(limit.value, 'ratio')} over the run`,
  )
  const tooLittle = enoughForThroughput(run)
  if (tooLittle) return unjudged(criterion, 'inconclusive', `${tooLittle} · ${ratesOf(run)}`)
  const fall = degradation(throughputGroups(run))
  if (fall.interval === null)
    return unjudged(criterion, 'inconclusive', `a trend needs 8 chunks; this run has ${fall.n} · ${ratesOf(run)}`)
  return judge(criterion, {
    measured: { value: fall.total, interval: fall.interval },
    limit: limit.value,
    allowed: 'below',
    unit: 'ratio',
    n: fall.n,
    signed: true,
    details: [ratesOf(run) + (fall.monotone && fall.total > 0 ? ', falling with every batch: degradation' : '')],
    spoiledBy: disturbanceOf(run),
    advice: [
      'a fall that goes on is heat, fragmentation or a growing queue: see clocks, temperatures, memory and swap',
    ],
  })
}
