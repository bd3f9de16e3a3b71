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
export const commandLine = (pid: number, procRoot: string = DEFAULT_PROC_ROOT): string =>
  commandLineWords(pid, { procRoot }).join(' ')

/**
 * The arguments of a process, its program first; none for kernel threads, zombies and processes that are gone. They are
 * printed and kept, so keys and tokens among them are hidden.
 */
export function commandLineWords(pid: number, { procRoot = DEFAULT_PROC_ROOT }: ProcRoot = {}): string[] {
  const text = readText(`${procRoot}/${pid}/cmdline`)
  const words = text.state === 'absent' ? '' : text.value.replace(/\0+$/, '')
  return words === '' ? [] : withoutSecrets(words.split('\0'))
}

/** `--api-key x`, `--api-key=x`, `--hf-token x`, … with dashes or underscores. */
const SECRET_OPTION = /^--?[\w-]*(?:api[-_]?key|token|password|secret)(?==|$)/i

export function withoutSecrets(words: string[]): string[] {
  return words.map((word, i) => {
    if (SECRET_OPTION.test(word)) return word.replace(/=.*$/s, '=…')
    const option = words[i - 1]
    const isValue = option !== undefined && !option.includes('=') && SECRET_OPTION.test(option)
    return isValue && !word.startsWith('--') ? '…' : word
  })
}
