import { type Measured, measured } from '../measured.ts'
import type { Reading } from './metrics.ts'

/** What the engine can still grow into: the GPU's free memory where it lives there, else the machine's or its cgroup's. */
export function freeMemory({ metrics }: Reading): Measured {
  const { gpuTotalBytes, gpuUsedBytes, cgroupLimitBytes, cgroupUsedBytes, ramAvailableBytes } = metrics
  if (gpuTotalBytes.state === 'measured' && gpuUsedBytes.state === 'measured')
    return measured(gpuTotalBytes.value - gpuUsedBytes.value)
  if (ramAvailableBytes.state === 'absent') return ramAvailableBytes
  if (cgroupLimitBytes.state === 'measured' && cgroupUsedBytes.state === 'measured')
    return measured(Math.min(ramAvailableBytes.value, cgroupLimitBytes.value - cgroupUsedBytes.value))
  return ramAvailableBytes
}
