import { absent, type Measured, measured } from '../../measured.ts'
import { readText } from '../../processes/proc-file.ts'
import { formatQuantity } from '../../units.ts'

/** One area that pages are swapped to. */
export interface SwapArea {
  path: string
  kind: 'partition' | 'file' | 'zram'
  bytes: number
  usedBytes: number
  /** The area with the highest is filled first. */
  priority: number
}

/** How this machine swaps. */
export interface SwapConfiguration {
  areas: SwapArea[]
  /** vm.swappiness: 0 to 200, how much rather memory of processes goes than pages of files. */
  swappiness: number
}

/** From /proc/swaps and /proc/sys/vm/swappiness; absent with the reason on systems without them. */
export function swapConfiguration(procRoot = '/proc'): Measured<SwapConfiguration> {
  const swaps = readText(`${procRoot}/swaps`)
  if (swaps.state === 'absent') return swaps
  const swappiness = readText(`${procRoot}/sys/vm/swappiness`)
  if (swappiness.state === 'absent') return swappiness
  const value = Number.parseInt(swappiness.value, 10)
  if (Number.isNaN(value)) return absent(`${procRoot}/sys/vm/swappiness holds no number`)
  return measured({ areas: areasOf(swaps.value), swappiness: value })
}

/** `swap file /swap.img of 4.00 GiB, swappiness 60`; `no swap, swappiness 60`. */
export function swapInWords({ areas, swappiness }: SwapConfiguration): string {
  const names = { partition: 'swap partition', file: 'swap file', zram: 'zram' } as const
  const all = areas.map(({ kind, path, bytes }) => `${names[kind]} ${path} of ${formatQuantity(bytes, 'bytes')}`)
  return `${all.join(', ') || 'no swap'}, swappiness ${swappiness}`
}

/** `Filename Type Size Used Priority`, sizes in KiB; a blank in a name is written `\040` (proc_swaps(5)). */
function areasOf(text: string): SwapArea[] {
  return text.split('\n').flatMap(line => {
    const [, name, type, size, used, priority] = /^(\/\S*)\s+(\w+)\s+(\d+)\s+(\d+)\s+(-?\d+)/.exec(line) ?? []
    if (name === undefined) return []
    const path = name.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    return [
      {
        path,
        kind: type === 'file' ? 'file' : /^\/dev\/zram\d+$/.test(path) ? 'zram' : 'partition',
        bytes: Number(size) * 1024,
        usedBytes: Number(used) * 1024,
        priority: Number(priority),
      },
    ]
  })
}
