import type { BatchRun } from '../batches/batch-run.ts'
import { median } from '../statistics/index.ts'
import { formatQuantity } from '../units.ts'
import type { Assessment } from './assessment.ts'
import { criterionOf, judge, unjudged } from './judge.ts'
import { memoryPoints } from './memory.ts'
import { memoryGrowth } from './memory-growth.ts'

/** Growth that is not called a leak: a hundredth of the engine's memory, at least 16 MiB (a garbage collector's breath). */
export const leakFloor = { share: 0.01, bytes: 16 * 2 ** 20 } as const

/**
 * Does the engine's memory rise with the requests it answers? Theil–Sen slope over one reading a chunk, times the
 * requests of the run, against {@link leakFloor}. A single step is no trend: it is inconclusive at most.
 */
export function judgeLeakTrend(run: BatchRun): Assessment {
  const criterion = criterionOf(run, 'no-leak-trend', 'memory does not rise from chunk to chunk')
  if (run.memoryDomain.state === 'absent') return unjudged(criterion, 'not applicable', run.memoryDomain.reason)
  const growth = memoryGrowth(run)
  if (growth === null)
    return unjudged(
      criterion,
      'inconclusive',
      `a trend needs 8 readings after warm-up, one a chunk; this run has ${memoryPoints(run).length}`,
    )
  const { points, bytesPerRequest, interval, pValue } = growth
  const requests = (points.at(-1)?.requests ?? 0) - (points.at(0)?.requests ?? 0)
  return judge(criterion, {
    measured: { value: bytesPerRequest * requests, interval: [interval[0] * requests, interval[1] * requests] },
    limit: Math.max(leakFloor.bytes, leakFloor.share * median(points.map(point => point.bytes))),
    allowed: 'below',
    unit: 'bytes',
    n: points.length,
    signed: true,
    excusedBy: run.memoryGrowsByDesign,
    details: [
      `${formatQuantity(bytesPerRequest * 1000, 'bytes', { signed: true })} per 1,000 requests, p ${pValue < 0.001 ? '< 0.001' : pValue.toFixed(3)}`,
      run.memoryDomain.value,
    ],
    advice: [
      'a steady rise with every chunk is a leak: run more batches (PERF_BATCHES) and look whether it levels off',
    ],
  })
}
