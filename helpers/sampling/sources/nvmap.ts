import { absent, type Measured, measured } from '../../measured.ts'
import { readText } from '../../processes/proc-file.ts'

/** What the processes of a Jetson hold of its GPU's memory, which is RAM. */
export interface NvmapUse {
  bytesByPid: ReadonlyMap<number, number>
  totalBytes: number
}

/**
 * The memory allocator of Jetson boards up to Orin, /sys/kernel/debug/nvmap/iovmm/clients; root alone may read it. The
 * kernel does not count this memory in a process's RSS.
 */
export function readNvmap(sysRoot: string): Measured<NvmapUse> {
  const text = readText(`${sysRoot}/kernel/debug/nvmap/iovmm/clients`)
  if (text.state === 'absent')
    return absent(`${text.reason}; what a process holds of a Jetson's GPU is told to root only`)
  const use = parseNvmap(text.value)
  return use === undefined ? absent('nvmap/iovmm/clients does not have a total') : measured(use)
}

const factors = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }

/** Rows are `client process pid size`, some releases with a column before the size; the last is the total. */
export function parseNvmap(text: string): NvmapUse | undefined {
  const bytesByPid = new Map<number, number>()
  let totalBytes: number | undefined
  for (const line of text.split('\n')) {
    const size = /\s(\d+)([KMG])\s*$/.exec(line)
    if (size === null) continue
    const bytes = Number(size[1]) * factors[size[2] as keyof typeof factors]
    if (/^\s*total\s/.test(line)) {
      totalBytes = bytes
      continue
    }
    // A process's name may have spaces; its pid is the first number that stands alone.
    const pid = /\s(\d+)\s/.exec(line)?.[1]
    if (pid !== undefined) bytesByPid.set(Number(pid), (bytesByPid.get(Number(pid)) ?? 0) + bytes)
  }
  return totalBytes === undefined ? undefined : { bytesByPid, totalBytes }
}
