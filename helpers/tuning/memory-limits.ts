import type { Measured } from '../measured.ts'
import type { Quantity } from '../units.ts'
import type { TuningRun } from './tuning-run.ts'

/** What T6 is held against. */
export interface MemoryLimits {
  gpu: Quantity<'bytes'>
  host: Quantity<'bytes'>
}

/** A plan's limit on its own device, and the share of another device that stands for it. */
export interface PlannedMemory {
  bytes: Quantity<'bytes'>
  share: Quantity<'ratio'>
}

/** The share of the device; the plan's own bytes where the device's size is not known, and nothing is judged. */
export const memoryLimit = ({ bytes, share }: PlannedMemory, deviceBytes: Measured): Quantity<'bytes'> =>
  deviceBytes.state === 'measured' ? { unit: 'bytes', value: share.value * deviceBytes.value } : bytes

/** Whether what was measured stays below; what could not be measured breaks no limit. */
export function isWithin({ gpuMemory, hostMemory }: TuningRun, { gpu, host }: MemoryLimits): boolean {
  const isBelow = ({ measured }: TuningRun['gpuMemory'], limit: Quantity<'bytes'>): boolean =>
    measured.state === 'absent' || measured.value.value < limit.value
  return isBelow(gpuMemory, gpu) && isBelow(hostMemory, host)
}
