import { exitCodes } from '../errors.ts'

/**
 * The exit code that a process ends with, given what it would end with anyway. An interrupted run stays interrupted;
 * a run that is fine by us keeps what others found wrong (coverage, an error while closing).
 */
export function finalExitCode(current: number | undefined, ours: number): number {
  if (current === exitCodes.interrupted || current === exitCodes.terminated) return current
  return ours === exitCodes.ok ? (current ?? ours) : ours
}

let wanted: number = exitCodes.ok
let installed = false

/**
 * Sets what this process ends with. vitest sets process.exitCode itself, also after its reporters are done; the last
 * word is had in the exit event. Called again, as in watch mode, the newest code counts.
 */
export function setProcessExitCode(code: number): void {
  wanted = code
  if (installed) return
  installed = true
  process.on('exit', () => {
    process.exitCode = finalExitCode(typeof process.exitCode === 'number' ? process.exitCode : undefined, wanted)
  })
}
