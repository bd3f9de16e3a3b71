import { freemem } from 'node:os'
import { absent, type Measured, measured } from '../measured.ts'
import { formatQuantity } from '../units.ts'

/** At least so much memory stays available, whatever is tried on a machine: below it others begin to suffer. */
const LEAST_BYTES = 2 ** 30
const LEAST_SHARE = 0.05

/** The floor of available memory on a machine of this size: a gibibyte, or a twentieth where that is more. */
export const memoryFloor = (totalBytes: number): number => Math.max(LEAST_BYTES, LEAST_SHARE * totalBytes)

/**
 * Memory that can still be taken without swapping: MemAvailable, or what is left of this process's cgroup where that is
 * less. Node asks the kernel for both (uv_get_free_memory, uv_get_available_memory of libuv).
 */
export const availableMemory = (): number => Math.min(freemem(), process.availableMemory())

/** How much is to be taken, said as an amount or as what is to be left. */
export type MemoryShare = { takeBytes: number } | { leaveFreeBytes: number }

/** Bytes to take; absent, with the arithmetic, where less than the floor would be left or there is nothing to take. */
export function headroom(
  share: MemoryShare,
  { availableBytes, floorBytes }: { availableBytes: number; floorBytes: number },
): Measured {
  const takeBytes = 'takeBytes' in share ? share.takeBytes : availableBytes - share.leaveFreeBytes
  const leftBytes = availableBytes - takeBytes
  if (takeBytes > 0 && leftBytes >= floorBytes) return measured(takeBytes)
  const show = (value: number): string => formatQuantity(value, 'bytes')
  return absent(
    takeBytes <= 0
      ? `there is nothing to take: ${show(availableBytes)} of memory are available, and ${show(leftBytes)} are to be left`
      : `${show(availableBytes)} of memory are available; less ${show(takeBytes)} that is ${show(leftBytes)}, ` +
          `and at least ${show(floorBytes)} must stay`,
  )
}
