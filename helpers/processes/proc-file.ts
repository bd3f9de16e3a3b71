import { readdirSync, readFileSync } from 'node:fs'
import { absent, type Measured, measured } from '../measured.ts'

/** Where the kernel's process tree is mounted; a test gives its own. */
export interface ProcRoot {
  procRoot?: string
}

export const DEFAULT_PROC_ROOT = '/proc'

/** The text of one small file of /proc or /sys, or why it could not be read. Never throws: processes end at any time. */
export function readText(path: string): Measured<string> {
  try {
    return measured(readFileSync(path, 'utf8'))
  } catch (error) {
    return absent(`${path} cannot be read: ${why(error)}`)
  }
}

/** Names in a directory, or why it could not be listed. */
export function listNames(path: string): Measured<string[]> {
  try {
    return measured(readdirSync(path))
  } catch (error) {
    return absent(`${path} cannot be listed: ${why(error)}`)
  }
}

/** All process ids that are visible to this user, ascending; empty where there is no /proc. */
export function allPids(procRoot: string = DEFAULT_PROC_ROOT): number[] {
  const names = listNames(procRoot)
  if (names.state === 'absent') return []
  return names.value
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
}

const reasons: Record<string, string> = {
  ENOENT: 'it does not exist',
  ESRCH: 'the process has ended',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
}

function why(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return reasons[code] ?? (error instanceof Error ? error.message : String(error))
}
