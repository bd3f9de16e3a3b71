import type { BatchRun, Disturbance } from '../batches/batch-run.ts'
import { formatQuantity } from '../units.ts'

/**
 * From where on the host has spoiled a comparison between batches. 5 % of the machine is half of the plans' smallest
 * limit (10 %): less cannot push a healthy engine over it. Swapping and throttling count from the first event.
 */
export const disturbanceLimits = { foreignCpu: 0.05, steal: 0.05, foreignSwapBytes: 16 * 2 ** 20 } as const

/** What the host did to the batches, in words; null when nothing worth naming happened or nothing could be seen. */
export function disturbanceOf(run: BatchRun): string | null {
  const causes = run.batches.flatMap(batch => {
    const cause = causeOf(batch.disturbance)
    return cause ? [`${cause} in batch ${batch.index + 1}`] : []
  })
  return causes.length === 0 ? null : `the host was disturbed: ${causes.join('; ')}`
}

/** What the host did to one measurement, in words; null when nothing worth naming happened or nothing could be seen. */
export function disturbanceInWords(disturbance: Disturbance): string | null {
  const cause = causeOf(disturbance)
  return cause === null ? null : `the host was disturbed: ${cause}`
}

function causeOf({ foreignCpu, steal, foreignSwapBytes, throttled }: Disturbance): string | null {
  const causes: string[] = []
  if (foreignCpu.state === 'measured' && foreignCpu.value > disturbanceLimits.foreignCpu)
    causes.push(`other processes took ${formatQuantity(foreignCpu.value, 'ratio')} of the CPU`)
  if (steal.state === 'measured' && steal.value > disturbanceLimits.steal)
    causes.push(`the hypervisor took ${formatQuantity(steal.value, 'ratio')} of the CPU`)
  if (foreignSwapBytes.state === 'measured' && foreignSwapBytes.value > disturbanceLimits.foreignSwapBytes)
    causes.push(`others swapped ${formatQuantity(foreignSwapBytes.value, 'bytes')}`)
  if (throttled.state === 'measured' && throttled.value > 0) causes.push('the clocks were throttled')
  return causes.length === 0 ? null : causes.join(', ')
}
