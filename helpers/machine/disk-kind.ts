import { readlinkSync, statSync } from 'node:fs'
import { absent, type Measured, measured } from '../measured.ts'

/** The block device that holds a path, and whether it is an NVMe drive. */
export interface DiskKind {
  /** As the kernel names it: `nvme0n1p2`, `vda`. */
  device: string
  isNvme: boolean
}

/** By /sys/dev/block. Absent where the path lies on no block device of its own: an overlay, a network, a RAM disk. */
export function diskKind(path: string, sysRoot = '/sys'): Measured<DiskKind> {
  const { dev } = statSync(path)
  // glibc's layout of dev_t: 12 bits of the major number, and the minor number about them.
  const major = (dev >>> 8) & 0xfff
  const minor = (dev & 0xff) | ((dev >>> 12) & 0xfff00)
  try {
    const device = readlinkSync(`${sysRoot}/dev/block/${major}:${minor}`).split('/').at(-1) ?? ''
    return measured({ device, isNvme: /^nvme/.test(device) })
  } catch {
    return absent(`${path} lies on no block device that the kernel names (${major}:${minor})`)
  }
}
