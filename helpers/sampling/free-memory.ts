import { type Measured, measured } from '../measured.ts'
import type { Metric, Reading } from './metrics.ts'

/**
 * What the engine can still grow into: the GPU's free memory where its memory is there, else the machine's or its cgroup's.
 * A GPU that uses the machine's RAM has that.
 */
export function freeMemory({ metrics }: Reading, domain: Metric): Measured {
  const { gpuSharesRam, gpuTotalBytes, gpuUsedBytes, cgroupLimitBytes, cgroupUsedBytes, ramAvailableBytes } = metrics
  const hasOwn = gpuSharesRam.state === 'absent' || gpuSharesRam.value === 0
  if (hasOwn && (domain === 'gpuEngineBytes' || domain === 'gpuUsedBytes')) {
    if (gpuTotalBytes.state === 'absent') return gpuTotalBytes
    return gpuUsedBytes.state === 'absent' ? gpuUsedBytes : measured(gpuTotalBytes.value - gpuUsedBytes.value)
  }
  if (ramAvailableBytes.state === 'absent') return ramAvailableBytes
  if (cgroupLimitBytes.state === 'measured' && cgroupUsedBytes.state === 'measured')
    return measured(Math.min(ramAvailableBytes.value, cgroupLimitBytes.value - cgroupUsedBytes.value))
  return ramAvailableBytes
}
