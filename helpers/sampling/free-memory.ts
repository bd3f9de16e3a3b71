import { type Measured, measured } from '../measured.ts'
import type { Metric, Reading } from './metrics.ts'

/** What the engine can still grow into: the GPU's free memory where its memory is there, else the machine's or its cgroup's. */
export function freeMemory({ metrics }: Reading, domain: Metric): Measured {
  const { gpuTotalBytes, gpuUsedBytes, cgroupLimitBytes, cgroupUsedBytes, ramAvailableBytes } = metrics
  if (domain === 'gpuEngineBytes' || domain === 'gpuUsedBytes') {
    if (gpuTotalBytes.state === 'absent') return gpuTotalBytes
    return gpuUsedBytes.state === 'absent' ? gpuUsedBytes : measured(gpuTotalBytes.value - gpuUsedBytes.value)
  }
  if (ramAvailableBytes.state === 'absent') return ramAvailableBytes
  if (cgroupLimitBytes.state === 'measured' && cgroupUsedBytes.state === 'measured')
    return measured(Math.min(ramAvailableBytes.value, cgroupLimitBytes.value - cgroupUsedBytes.value))
  return ramAvailableBytes
}
