import { readFileSync } from 'node:fs'
import { endianness } from 'node:os'
import { absent, type Measured, measured } from '../../measured.ts'

export interface KernelConstants {
  /** 4 KiB on x86; 4, 16 or 64 KiB on arm64. */
  pageBytes: Measured
  /** Clock ticks of /proc/stat and /proc/<pid>/stat: USER_HZ, which is 100 on every architecture that Node runs on. */
  ticksPerSecond: number
}

const AT_PAGESZ = 6
const AT_CLKTCK = 17
const USER_HZ = 100

/** From the auxiliary vector (getauxval(3)), which the kernel gives every process; what `getconf` prints. */
export function kernelConstants(procRoot: string): KernelConstants {
  const path = `${procRoot}/self/auxv`
  try {
    const vector = auxiliaryVector(readFileSync(path))
    const pageBytes = vector.get(AT_PAGESZ)
    return {
      pageBytes: pageBytes === undefined ? absent(`${path} does not have the page size`) : measured(pageBytes),
      ticksPerSecond: vector.get(AT_CLKTCK) ?? USER_HZ,
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { pageBytes: absent(`the page size is not known: ${why}`), ticksPerSecond: USER_HZ }
  }
}

/** Pairs of 64-bit words, key and value. */
function auxiliaryVector(bytes: Buffer): Map<number, number> {
  const word = (at: number): number =>
    Number(endianness() === 'LE' ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at))
  const pairs = Math.floor(bytes.length / 16)
  return new Map(Array.from({ length: pairs }, (_, i) => [word(i * 16), word(i * 16 + 8)]))
}
