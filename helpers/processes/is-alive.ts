import { DEFAULT_PROC_ROOT, type ProcRoot } from './proc-file.ts'
import { hasEnded, readProcessStat } from './process-stat.ts'

/** True while the process runs. A zombie has ended. Without /proc (not Linux) asked with signal 0. */
export function isAlive(pid: number, { procRoot = DEFAULT_PROC_ROOT }: ProcRoot = {}): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  const stat = readProcessStat(pid, procRoot)
  if (stat.state === 'measured') return !hasEnded(stat.value)
  return process.platform !== 'linux' && procRoot === DEFAULT_PROC_ROOT && answersSignal(pid)
}

function answersSignal(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there, and is somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
