import { kibibytes } from '../../processes/process-memory.ts'
import { fileSource, type Source } from './source.ts'

const metrics = ['ramTotalBytes', 'ramUsedBytes', 'ramAvailableBytes', 'swapUsedBytes'] as const

/** RAM and swap of the whole machine, from /proc/meminfo. Used = total − available, as `free` counts it. */
export const memorySource = (procRoot: string): Source =>
  fileSource(`${procRoot}/meminfo`, metrics, text => {
    const value = (key: string): number => kibibytes(text, key) ?? Number.NaN
    return {
      ramTotalBytes: value('MemTotal'),
      ramUsedBytes: value('MemTotal') - value('MemAvailable'),
      ramAvailableBytes: value('MemAvailable'),
      swapUsedBytes: value('SwapTotal') - value('SwapFree'),
    }
  })
