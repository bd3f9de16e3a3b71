import type { BatchRun } from '../batches/batch-run.ts'
import { minimumSamplesFor, quantile, quantileInterval } from '../statistics/index.ts'
import { formatQuantity, type Quantity } from '../units.ts'
import type { Assessment } from './assessment.ts'
import { criterionOf, judge, unjudged } from './judge.ts'

/** A percentile of the time to first token over all completed requests. Needs as many as that percentile needs. */
export function judgeTtft(run: BatchRun, limit: Quantity<'ms'>, percentile: number): Assessment {
  const criterion = criterionOf(
    run,
    `ttft-p${percentile}`,
    `TTFT p${percentile} stays below ${formatQuantity(limit.value, 'ms')}`,
  )
  const ttftMs = run.batches.flatMap(batch => batch.ttftMs)
  const needed = minimumSamplesFor(percentile / 100)
  const interval = ttftMs.length < needed ? null : quantileInterval(ttftMs, percentile / 100)
  if (interval === null)
    return unjudged(
      criterion,
      'inconclusive',
      `p${percentile} needs ${needed} completed requests; this run has ${ttftMs.length}`,
    )
  return judge(criterion, {
    measured: { value: quantile(ttftMs, percentile / 100), interval },
    limit: limit.value,
    allowed: 'below',
    unit: 'ms',
    n: ttftMs.length,
    details: [`median ${formatQuantity(quantile(ttftMs, 0.5), 'ms')}`],
    advice: ['TTFT is queueing plus prefill: compare it with requests waiting, and with a single request alone'],
  })
}
