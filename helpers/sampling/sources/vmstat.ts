import type { Measured } from '../../measured.ts'
import { numberAfter } from '../../processes/process-memory.ts'
import { allAbsent, fileSource, type Source } from './source.ts'

const metrics = ['swapInBytes', 'swapOutBytes', 'majorFaults', 'allocationStalls', 'oomKills'] as const

/**
 * What the whole machine's memory management has done since boot, from /proc/vmstat: swap traffic (pswpin and pswpout
 * count pages), faults that waited for a disk, allocations that had to make room first (`allocstall_<zone>`), and
 * processes that were killed for memory, in cgroups too (since Linux 4.13).
 */
export function vmstatSource(procRoot: string, pageBytes: Measured): Source {
  if (pageBytes.state === 'absent') return { metrics, sample: () => allAbsent(metrics, pageBytes.reason) }
  return fileSource(`${procRoot}/vmstat`, metrics, text => ({
    swapInBytes: (numberAfter(text, 'pswpin ') ?? Number.NaN) * pageBytes.value,
    swapOutBytes: (numberAfter(text, 'pswpout ') ?? Number.NaN) * pageBytes.value,
    majorFaults: numberAfter(text, 'pgmajfault ') ?? Number.NaN,
    allocationStalls: sumOfLines(text, 'allocstall_'),
    oomKills: numberAfter(text, 'oom_kill ') ?? Number.NaN,
  }))
}

/** Sum of neighbouring lines that begin so, `allocstall_dma 0`; NaN where there is none. */
function sumOfLines(text: string, prefix: string): number {
  let at = text.indexOf(`\n${prefix}`)
  let sum = at < 0 ? Number.NaN : 0
  while (at >= 0 && text.startsWith(prefix, at + 1)) {
    sum += Number.parseInt(text.slice(text.indexOf(' ', at + 1)), 10)
    at = text.indexOf('\n', at + 1)
  }
  return sum
}
