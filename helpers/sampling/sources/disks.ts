import { measured } from '../../measured.ts'
import { listNames, readText } from '../../processes/proc-file.ts'
import { RisingSum } from './rising-sum.ts'
import { allAbsent, numberOr, type Sample, type Source } from './source.ts'

const metrics = ['diskReadBytes', 'diskWriteBytes', 'nvmeBusyMs'] as const

/** Sectors of /proc/diskstats are 512 bytes, whatever the device's own are. */
const SECTOR_BYTES = 512

/**
 * Bytes read and written since boot by all whole disks, and the time NVMe disks were busy, from /proc/diskstats
 * (columns 6, 10 and 13). Left out: partitions, loop, RAM and zram disks, and disks made of others (dm, md), whose
 * traffic their parts count. Busy time says little about an NVMe disk's headroom: it serves many requests at once.
 */
export function disksSource(procRoot: string, sysRoot: string): Source {
  const path = `${procRoot}/diskstats`
  const isWholeDisk = wholeDisks(sysRoot)
  const reads = new RisingSum()
  const writes = new RisingSum()
  const nvmeBusy = new RisingSum()
  return {
    metrics,
    sample(): Sample {
      const text = readText(path)
      if (text.state === 'absent') return allAbsent(metrics, text.reason)
      const disks = text.value
        .split('\n')
        .map(line => line.trim().split(/\s+/))
        .filter(columns => isWholeDisk(columns[2] ?? ''))
      if (disks.length === 0) return allAbsent(metrics, `${path} has no disk but virtual ones`)
      const column = (index: number, rows: string[][], factor = 1): Map<string, number> =>
        new Map(rows.map(row => [row[2] ?? '', Number(row[index]) * factor]))
      const nvme = disks.filter(columns => columns[2]?.startsWith('nvme'))
      return {
        diskReadBytes: measured(reads.add(column(5, disks, SECTOR_BYTES))),
        diskWriteBytes: measured(writes.add(column(9, disks, SECTOR_BYTES))),
        nvmeBusyMs: numberOr(
          nvme.length === 0 ? undefined : nvmeBusy.add(column(12, nvme)),
          'this machine has no NVMe disk',
        ),
      }
    },
  }
}

/** Partitions have no folder of their own in /sys/block; a disk made of others lists them in `slaves`. */
function wholeDisks(sysRoot: string): (name: string) => boolean {
  const known = new Map<string, boolean>()
  return name => {
    const cached = known.get(name)
    if (cached !== undefined) return cached
    const virtual = /^(loop|ram|zram|sr|fd)\d+$/.test(name)
    const folder = name === '' || virtual ? undefined : listNames(`${sysRoot}/block/${name}`)
    const slaves = listNames(`${sysRoot}/block/${name}/slaves`)
    const whole = folder?.state === 'measured' && (slaves.state === 'absent' || slaves.value.length === 0)
    known.set(name, whole)
    return whole
  }
}
