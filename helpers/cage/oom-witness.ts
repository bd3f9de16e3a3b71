import { absent, type Measured } from '../measured.ts'
import { readText } from '../processes/proc-file.ts'
import { numberAfter } from '../processes/process-memory.ts'

/** How often the kernel has ended a process for want of memory, so far. */
export interface OomCounts {
  /** In the cage; absent where there is none. */
  cage: Measured
  /** On the whole machine, since it was started: /proc/vmstat, oom_kill (Linux 4.13). */
  machine: Measured
}

/** How a process ended, as its parent saw it. */
export interface ProcessEnd {
  /** 128 + the signal's number where a signal ended it, as shells and the embedded engine have it. */
  exitCode: number
}

export type OomVerdict = 'killed for want of memory' | 'killed, by whom is not known' | 'not killed'

const SIGKILL_EXIT = 128 + 9

export function oomCounts(cage: { oomKills(): Measured } | null, procRoot = '/proc'): OomCounts {
  return {
    cage: cage === null ? absent('there is no memory group') : cage.oomKills(),
    machine: machineKills(procRoot),
  }
}

/**
 * What became of a process between two counts. The cage's own count is proof, whatever else is known. Without it, a
 * SIGKILL is the kernel's when the machine's count rose meanwhile: somebody else's process may have been the one, but
 * then two processes were killed at the same time.
 */
export function oomVerdict(before: OomCounts, after: OomCounts, end: ProcessEnd | null): OomVerdict {
  if (rise(before.cage, after.cage) > 0) return 'killed for want of memory'
  if (end?.exitCode !== SIGKILL_EXIT) return 'not killed'
  if (after.cage.state === 'measured') return 'killed, by whom is not known'
  return rise(before.machine, after.machine) > 0 ? 'killed for want of memory' : 'killed, by whom is not known'
}

const rise = (before: Measured, after: Measured): number =>
  before.state === 'measured' && after.state === 'measured' ? after.value - before.value : 0

function machineKills(procRoot: string): Measured {
  const text = readText(`${procRoot}/vmstat`)
  if (text.state === 'absent') return text
  const kills = numberAfter(text.value, 'oom_kill ')
  return kills === undefined
    ? absent(`${procRoot}/vmstat does not count oom_kill`)
    : { state: 'measured', value: kills }
}
