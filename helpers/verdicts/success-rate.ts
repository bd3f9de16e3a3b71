import type { BatchRun } from '../batches/batch-run.ts'
import { formatQuantity, type Quantity } from '../units.ts'
import type { Assessment } from './assessment.ts'
import { criterionOf, judge, unjudged } from './judge.ts'

/** Complete streams as a share of all requests sent. A count has no noise: no interval. */
export function judgeSuccessRate(run: BatchRun, limit: Quantity<'ratio'>): Assessment {
  const criterion = criterionOf(
    run,
    'success-rate',
    `${formatQuantity(limit.value, 'ratio').replace('.0', '')} of the requests succeed`,
  )
  const completed = run.batches.reduce((sum, batch) => sum + batch.completed, 0)
  const failed = run.batches.reduce((sum, batch) => sum + batch.failed, 0)
  if (completed + failed === 0) return unjudged(criterion, 'inconclusive', 'no request was sent')
  const classes = failureClasses(run)
  return judge(criterion, {
    measured: { value: completed / (completed + failed), interval: null },
    limit: limit.value,
    allowed: 'at least',
    unit: 'ratio',
    n: completed + failed,
    details: failed === 0 ? ['0 failed'] : [`${failed} failed: ${classes}`],
    advice: ['records.jsonl of this run holds every failed request with its message'],
  })
}

function failureClasses(run: BatchRun): string {
  const counts = new Map<string, number>()
  for (const [name, n] of run.batches.flatMap(batch => Object.entries(batch.failures)))
    counts.set(name, (counts.get(name) ?? 0) + n)
  return [...counts].map(([name, n]) => `${n} × ${name}`).join(', ')
}
