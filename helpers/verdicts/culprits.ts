import type { BatchRun } from '../batches/batch-run.ts'
import { formatQuantity } from '../units.ts'
import { disturbanceOf } from './disturbance.ts'

/** From here on a disk is busy enough to slow down what pages or loads. */
const BUSY_DISK_BYTES_PER_SECOND = 50 * 2 ** 20

/** The plan's troubleshooting, looked up instead of advised: what was found that may explain a failure. */
export function culpritsOf(run: BatchRun): string[] {
  const { strays, otherConnections, diskBytesPerSecond } = run.surroundings
  const culprits: string[] = []
  const disturbance = disturbanceOf(run)
  if (disturbance) culprits.push(disturbance)
  if (strays.length > 0) culprits.push(`other engines or clients run here: ${strays.join('; ')}`)
  if (otherConnections.state === 'measured' && otherConnections.value > 0)
    culprits.push(`${otherConnections.value} connections to the engine are not ours: someone else uses it`)
  if (diskBytesPerSecond.state === 'measured' && diskBytesPerSecond.value > BUSY_DISK_BYTES_PER_SECOND)
    culprits.push(`the disks moved ${formatQuantity(diskBytesPerSecond.value, 'bytes')} a second`)
  const errors = run.batches.flatMap(batch => batch.logErrors)
  if (errors.length > 0) culprits.push(`the engine logged ${errors.length} errors, the last: ${errors.at(-1)}`)
  return culprits
}
