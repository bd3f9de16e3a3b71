import type { Measured } from '../measured.ts'
import { measured } from '../measured.ts'
import { DEFAULT_PROC_ROOT, type ProcRoot, readText } from './proc-file.ts'

/** The variables that a process was started with; absent when it is gone, or belongs to another user. */
export function processEnvironment(
  pid: number,
  { procRoot = DEFAULT_PROC_ROOT }: ProcRoot = {},
): Measured<ReadonlyMap<string, string>> {
  const text = readText(`${procRoot}/${pid}/environ`)
  if (text.state === 'absent') return text
  const pairs = text.value.split('\0').flatMap(entry => {
    const at = entry.indexOf('=')
    return at < 1 ? [] : [[entry.slice(0, at), entry.slice(at + 1)] as const]
  })
  return measured(new Map(pairs))
}
