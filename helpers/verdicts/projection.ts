import type { BatchRun } from '../batches/batch-run.ts'
import { formatQuantity } from '../units.ts'
import type { Assessment } from './assessment.ts'
import { criterionOf, judge, unjudged } from './judge.ts'
import { memoryPoints } from './memory.ts'
import { memoryGrowth } from './memory-growth.ts'
import { rateOf } from './throughput.ts'

/** Would a run of so many requests fit into the memory that is free, if memory goes on as it did here? */
export function judgeProjection(run: BatchRun, requests: number): Assessment {
  const criterion = criterionOf(
    run,
    'projection',
    `a run of ${requests.toLocaleString('en')} requests fits into the free memory`,
  )
  if (run.memoryDomain.state === 'absent') return unjudged(criterion, 'not applicable', run.memoryDomain.reason)
  if (run.freeMemoryBytes.state === 'absent') return unjudged(criterion, 'not applicable', run.freeMemoryBytes.reason)
  const trend = memoryGrowth(run)
  if (trend === null)
    return unjudged(
      criterion,
      'inconclusive',
      `a trend needs 8 readings, one a chunk; this run has ${memoryPoints(run).length}`,
    )
  const growth = (bytesPerRequest: number) => Math.max(0, bytesPerRequest * requests)
  return judge(criterion, {
    measured: {
      value: growth(trend.bytesPerRequest),
      interval: [growth(trend.interval[0]), growth(trend.interval[1])],
    },
    limit: run.freeMemoryBytes.value,
    allowed: 'below',
    unit: 'bytes',
    n: trend.points.length,
    signed: true,
    details: [
      `${requests.toLocaleString('en')} requests would take ${projectedTime(run, requests)}`,
      run.memoryDomain.value,
    ],
    advice: ['the engine would run out of memory on the way: find the leak, or restart the engine between parts'],
  })
}

/** At the slowest and the fastest batch's rate. */
export function projectedTime(run: BatchRun, requests: number): string {
  const rates = run.batches.map(rateOf).filter(rate => rate > 0)
  if (rates.length === 0) return 'unknown time: no batch completed a request'
  const [longest, shortest] = [Math.min(...rates), Math.max(...rates)].map(rate =>
    formatQuantity((requests / rate) * 1000, 'ms'),
  )
  return longest === shortest ? `${longest}` : `${shortest} to ${longest}`
}
