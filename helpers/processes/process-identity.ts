import { absent, type Measured, measured } from '../measured.ts'
import { DEFAULT_PROC_ROOT, type ProcRoot, readText } from './proc-file.ts'
import { hasEnded, readProcessStat } from './process-stat.ts'

export interface ProcessIdentity {
  pid: number
  /** Start time in clock ticks since boot: pid and start time together are never used twice. */
  startTicks: number
  /** The full command line, arguments joined by spaces; the name in brackets where there is none. */
  command: string
}

/** Who a pid is now. Absent when there is no such process, when it has ended, or when it may not be read. */
export function processIdentity(
  pid: number,
  { procRoot = DEFAULT_PROC_ROOT }: ProcRoot = {},
): Measured<ProcessIdentity> {
  const stat = readProcessStat(pid, procRoot)
  if (stat.state === 'absent') return stat
  if (hasEnded(stat.value)) return absent(`process ${pid} (${stat.value.name}) has ended`)
  const line = commandLine(pid, procRoot)
  return measured({ pid, startTicks: stat.value.startTicks, command: line === '' ? `[${stat.value.name}]` : line })
}

/** Arguments joined by spaces; empty for kernel threads, zombies and processes that are gone. */
export function commandLine(pid: number, procRoot: string = DEFAULT_PROC_ROOT): string {
  const text = readText(`${procRoot}/${pid}/cmdline`)
  return text.state === 'absent' ? '' : text.value.replace(/\0+$/, '').replaceAll('\0', ' ')
}
