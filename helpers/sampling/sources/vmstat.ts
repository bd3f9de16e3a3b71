import type { Measured } from '../../measured.ts'
import { numberAfter } from '../../processes/process-memory.ts'
import { allAbsent, fileSource, type Source } from './source.ts'

const metrics = ['swapInBytes', 'swapOutBytes'] as const

/** Swap traffic of the whole machine since boot: pswpin and pswpout of /proc/vmstat, which count pages. */
export function vmstatSource(procRoot: string, pageBytes: Measured): Source {
  if (pageBytes.state === 'absent') return { metrics, sample: () => allAbsent(metrics, pageBytes.reason) }
  return fileSource(`${procRoot}/vmstat`, metrics, text => ({
    swapInBytes: (numberAfter(text, 'pswpin ') ?? Number.NaN) * pageBytes.value,
    swapOutBytes: (numberAfter(text, 'pswpout ') ?? Number.NaN) * pageBytes.value,
  }))
}
