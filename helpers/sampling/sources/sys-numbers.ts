import { absent, type Measured, measured } from '../../measured.ts'
import { listNames, readText } from '../../processes/proc-file.ts'

/** Paths in a folder whose names are of this form, in order; none where it cannot be listed. */
export function pathsIn(folder: string, name: RegExp): string[] {
  const names = listNames(folder)
  if (names.state === 'absent') return []
  return names.value
    .filter(found => name.test(found))
    .sort()
    .map(found => `${folder}/${found}`)
}

/** The integer that a file of /sys holds. */
export function numberIn(path: string): Measured {
  const text = readText(path)
  if (text.state === 'absent') return text
  const value = Number.parseInt(text.value, 10)
  return Number.isNaN(value) ? absent(`${path} has no number`) : measured(value)
}

/** The text of a small file of /sys without its end of line; empty where it cannot be read. */
export function wordIn(path: string): string {
  const text = readText(path)
  return text.state === 'measured' ? text.value.replaceAll('\0', '').trim() : ''
}
