import { constants } from 'node:os'

/** For people: `exit code 1`, `SIGSEGV`, `exit code 137 (SIGKILL)`. Codes over 128 stand for a signal, as in a shell. */
export function exitReason(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return explained(signal)
  const name = Object.entries(constants.signals).find(([, number]) => number === (code ?? 0) - 128)?.[0]
  return name === undefined ? `exit code ${code}` : `exit code ${code} (${explained(name)})`
}

const explained = (signal: string): string => (signal === 'SIGKILL' ? `${signal}, ${killer}` : signal)

const killer = 'which the kernel sends too when the memory of the machine runs out (dmesg tells)'
