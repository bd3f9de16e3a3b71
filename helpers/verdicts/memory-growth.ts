import type { BatchRun } from '../batches/batch-run.ts'
import { slopeEnvelope, trend } from '../statistics/index.ts'
import { type MemoryPoint, memoryPoints } from './memory.ts'

/** How the engine's memory grows with the requests it answers, in bytes a request. */
export interface MemoryGrowth {
  points: MemoryPoint[]
  bytesPerRequest: number
  interval: readonly [low: number, high: number]
  pValue: number
}

/**
 * Theil–Sen slope over one reading a chunk; null below 8 readings. Its 95 % interval widens without end where
 * neighbouring readings are alike, as they are in a smooth rise; there the envelope of all slopes over a third of the run
 * or more bounds it, which needs no assumption about the noise. Where both hold the narrower one counts.
 */
export function memoryGrowth(run: BatchRun): MemoryGrowth | null {
  const points = memoryPoints(run)
  const series = points.map(point => ({ x: point.requests, y: point.bytes }))
  const rise = trend(series)
  const envelope = slopeEnvelope(series)
  if (rise === null || envelope === null) return null
  const interval = [Math.max(rise.slopeInterval[0], envelope[0]), Math.min(rise.slopeInterval[1], envelope[1])] as const
  return {
    points,
    bytesPerRequest: rise.slope,
    interval: interval[0] <= interval[1] ? interval : rise.slopeInterval,
    pValue: rise.pValue,
  }
}
