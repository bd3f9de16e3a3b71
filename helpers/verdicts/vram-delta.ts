import type { BatchRun } from '../batches/batch-run.ts'
import { median } from '../statistics/index.ts'
import { formatQuantity, type Quantity } from '../units.ts'
import type { Assessment } from './assessment.ts'
import { criterionOf, judge, unjudged } from './judge.ts'
import { memoryPoints, scaledMemoryLimit } from './memory.ts'

/**
 * The engine's memory after the last batch less that before the first one, warmed up. The interval is twice the usual
 * step between two readings (median of absolute differences, scaled to a standard deviation), so that a reading's
 * jitter is not taken for growth. A shrinking engine passes.
 */
export function judgeVramDelta(run: BatchRun, limit: Quantity<'bytes'>): Assessment {
  const criterion = criterionOf(run, 'vram-delta', `VRAM stays within ${formatQuantity(limit.value, 'bytes')}`)
  if (run.memoryDomain.state === 'absent') return unjudged(criterion, 'not applicable', run.memoryDomain.reason)
  const first = run.batches.at(0)?.memory
  const last = run.batches.at(-1)?.memory
  if (first?.state !== 'measured' || last?.state !== 'measured')
    return unjudged(criterion, 'inconclusive', reasonOf(first) ?? reasonOf(last) ?? 'no batch was measured')
  const value = last.value.afterBytes - first.value.beforeBytes
  const readings = memoryPoints(run).map(point => point.bytes)
  const uncertainty = 2 * readingJitter(readings)
  const { bytes, note } = scaledMemoryLimit(run, limit)
  return judge(criterion, {
    measured: { value, interval: [value - uncertainty, value + uncertainty] },
    limit: bytes,
    allowed: 'below',
    unit: 'bytes',
    n: readings.length,
    signed: true,
    excusedBy: run.memoryGrowsByDesign,
    details: [...note, run.memoryDomain.value],
    advice: ['compare the memory chart with the chunks: growth in steps points at caches, steady growth at a leak'],
  })
}

const reasonOf = (memory: BatchRun['batches'][number]['memory'] | undefined): string | null =>
  memory?.state === 'absent' ? memory.reason : null

/** Standard deviation of one reading, from the steps between neighbours; 1.4826 makes a median deviation one of a normal. */
function readingJitter(readings: number[]): number {
  const steps = readings.slice(1).map((bytes, i) => bytes - (readings[i] ?? bytes))
  if (steps.length === 0) return 0
  const usualStep = median(steps)
  return (1.4826 * median(steps.map(step => Math.abs(step - usualStep)))) / Math.SQRT2
}
