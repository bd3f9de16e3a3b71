import { absent, type Measured, measured } from '../measured.ts'
import { DEFAULT_PROC_ROOT, readText } from './proc-file.ts'

export interface ProcessMemory {
  /** Pages in RAM, shared ones counted in full. */
  rssBytes: number
  /** Anonymous pages in swap. */
  swapBytes: number
}

/** From /proc/<pid>/status. Absent when the process is gone or has no memory of its own (zombie, kernel thread). */
export function readMemory(pid: number, procRoot: string = DEFAULT_PROC_ROOT): Measured<ProcessMemory> {
  const path = `${procRoot}/${pid}/status`
  const text = readText(path)
  if (text.state === 'absent') return text
  const rss = kibibytes(text.value, 'VmRSS')
  if (rss === undefined) return absent(`${path} has no VmRSS: the process has ended or is a kernel thread`)
  // A kernel without swap support leaves VmSwap out.
  return measured({ rssBytes: rss, swapBytes: kibibytes(text.value, 'VmSwap') ?? 0 })
}

/** `Key:   123 kB` in the kernel's tables, as bytes; undefined where the key is missing. */
export function kibibytes(text: string, key: string): number | undefined {
  const value = numberAfter(text, `${key}:`)
  return value === undefined ? undefined : value * 1024
}

/** The whole number that follows a word at the start of a line. Read ten times a second, so without expressions. */
export function numberAfter(text: string, word: string): number | undefined {
  const at = text.startsWith(word) ? 0 : text.indexOf(`\n${word}`) + 1
  if (at === 0 && !text.startsWith(word)) return undefined
  const value = Number.parseInt(text.slice(at + word.length, at + word.length + 32), 10)
  return Number.isNaN(value) ? undefined : value
}
