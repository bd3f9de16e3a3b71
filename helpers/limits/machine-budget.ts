import { CouldNotMeasureError } from '../errors.ts'
import { type Measured, measured } from '../measured.ts'
import { readText } from '../processes/proc-file.ts'
import { kibibytes } from '../processes/process-memory.ts'
import { formatQuantity } from '../units.ts'

/** What is never taken from a machine: a tenth of its memory, and at least this much. */
const leastFloorBytes = 2 ** 30
const floorShare = 0.1

export interface MachineMemory {
  totalBytes: number
  /** What can be had without swapping: MemAvailable (proc_meminfo(5)). */
  availableBytes: number
}

export function machineMemory(procRoot = '/proc'): Measured<MachineMemory> {
  const text = readText(`${procRoot}/meminfo`)
  if (text.state === 'absent') return text
  const totalBytes = kibibytes(text.value, 'MemTotal')
  const availableBytes = kibibytes(text.value, 'MemAvailable')
  if (totalBytes === undefined || availableBytes === undefined)
    return { state: 'absent', reason: `${procRoot}/meminfo lacks MemTotal or MemAvailable` }
  return measured({ totalBytes, availableBytes })
}

/** The most that trials may take now: what is available less a floor for everything else on the machine. */
export function safeBudgetBytes({ totalBytes, availableBytes }: MachineMemory): number {
  return Math.max(0, Math.floor(availableBytes - floorBytes(totalBytes)))
}

/** @throws CouldNotMeasureError with the arithmetic where so much cannot be taken without endangering the machine. */
export function requireRoom(bytes: number, memory: MachineMemory): void {
  const safe = safeBudgetBytes(memory)
  if (bytes <= safe) return
  const show = (value: number) => formatQuantity(value, 'bytes')
  throw new CouldNotMeasureError(
    `A trial of ${show(bytes)} is more than this machine can give without danger: ${show(memory.availableBytes)} are ` +
      `available, and ${show(floorBytes(memory.totalBytes))} of ${show(memory.totalBytes)} stay free. Free some memory, ` +
      'or try something smaller.',
  )
}

const floorBytes = (totalBytes: number): number => Math.max(leastFloorBytes, totalBytes * floorShare)
