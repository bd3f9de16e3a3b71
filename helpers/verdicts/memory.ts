import type { BatchRun } from '../batches/batch-run.ts'
import { formatQuantity, type Quantity } from '../units.ts'

/** Memory at the end of one chunk, nothing in flight, beside the requests answered until then. */
export interface MemoryPoint {
  requests: number
  bytes: number
}

/** The engine's memory over the run, one point a chunk; chunks without a reading are left out. */
export function memoryPoints(run: BatchRun): MemoryPoint[] {
  const points: MemoryPoint[] = []
  let requests = 0
  for (const chunk of run.batches.flatMap(batch => batch.chunks)) {
    requests += chunk.completed + chunk.failed
    if (chunk.memoryBytes.state === 'measured') points.push({ requests, bytes: chunk.memoryBytes.value })
  }
  return points
}

/** A memory limit of the plan for the model that really ran: scaled as the model was. */
export function scaledMemoryLimit(run: BatchRun, limit: Quantity<'bytes'>): { bytes: number; note: string[] } {
  const { scale } = run.model
  if (scale === 1) return { bytes: limit.value, note: [] }
  return {
    bytes: limit.value / scale,
    note: [`limit ${formatQuantity(limit.value, 'bytes')} ÷ ${scale}, as the model`],
  }
}
