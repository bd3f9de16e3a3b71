import { absent, type Measured, measured } from '../measured.ts'
import { DEFAULT_PROC_ROOT, readText } from './proc-file.ts'

/** What the suite needs of /proc/<pid>/stat (proc_pid_stat(5)). Times are in clock ticks. */
export interface ProcessStat {
  pid: number
  /** The executable's name, at most 15 characters; may hold spaces and parentheses. */
  name: string
  /** `R`, `S`, `Z` (zombie), … */
  state: string
  parentPid: number
  userTicks: number
  systemTicks: number
  /** Of children that have ended and were waited for, and of theirs. */
  childrenUserTicks: number
  childrenSystemTicks: number
  /** Since boot. With the pid it names a process for good, since pids are used again. */
  startTicks: number
}

/** Absent when the process is gone, may not be read, or its line is not as documented. */
export function readProcessStat(pid: number, procRoot: string = DEFAULT_PROC_ROOT): Measured<ProcessStat> {
  const path = `${procRoot}/${pid}/stat`
  const text = readText(path)
  return text.state === 'absent' ? text : parseProcessStat(text.value, path)
}

export function parseProcessStat(text: string, path: string): Measured<ProcessStat> {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  const [state, ...rest] = text
    .slice(close + 1)
    .trim()
    .split(' ')
  const numbers = rest.map(Number)
  // Counted from the parent's pid, which is field 4 of the line.
  const field = (n: number): number => numbers[n - 4] ?? Number.NaN
  const stat: ProcessStat = {
    pid: Number.parseInt(text, 10),
    name: text.slice(open + 1, close),
    state: state ?? '',
    parentPid: field(4),
    userTicks: field(14),
    systemTicks: field(15),
    childrenUserTicks: field(16),
    childrenSystemTicks: field(17),
    startTicks: field(22),
  }
  const complete = open > 0 && close > open && Object.values(stat).every(value => !Number.isNaN(value))
  return complete ? measured(stat) : absent(`${path} is not as proc_pid_stat(5) says: ${text.slice(0, 80).trim()}`)
}

/** A zombie has ended; it only waits for its parent to take its exit code. */
export const hasEnded = (stat: ProcessStat): boolean => stat.state === 'Z' || stat.state === 'X'
