import { absent, type Measured, measured } from '../../measured.ts'
import { type GpuDevice, scaled, sharedMemory, type ThrottleCause } from './gpu-device.ts'

/** Fields asked of `nvidia-smi --query-gpu`, in order. `count` says how many lines make one reading. */
export const deviceFields = (reasons: 'clocks_event_reasons' | 'clocks_throttle_reasons'): string =>
  [
    'count,index,name,memory.used,memory.total,utilization.gpu,temperature.gpu,power.draw,clocks.sm',
    `${reasons}.active`,
  ].join(',')

const MIB = 2 ** 20

/**
 * Chips whose GPU uses the machine's RAM; nvidia-smi says `[N/A]` for their memory. A card with memory says that too when
 * it is broken, so the name decides.
 */
const integrated = /\b(GB10|Thor|Orin|Xavier|Tegra|nvgpu)\b/i

/** `count` is that of all GPUs. Undefined for a line that is no reading, such as a message of the driver. */
export function parseDevice(line: string): { count: number; device: GpuDevice } | undefined {
  const cells = line.split(',').map(cell => cell.trim())
  const cell = (index: number): Measured => parseCell(cells[index] ?? '')
  const [count, index, name] = [cell(0), cell(1), cells[2] ?? '']
  if (cells.length !== 10 || count.state === 'absent' || index.state === 'absent') return undefined
  const total = cell(4)
  const sharesRam = total.state === 'absent' && integrated.test(name)
  const memory = (value: Measured): Measured =>
    sharesRam && value.state === 'absent' ? sharedMemory(name, value.reason) : scaled(value, MIB)
  const device: GpuDevice = {
    index: index.value,
    name,
    sharesRam,
    usedBytes: memory(cell(3)),
    totalBytes: memory(total),
    utilisation: scaled(cell(5), 1 / 100),
    temperatureC: cell(6),
    powerW: cell(7),
    clockMhz: cell(8),
    throttledBy: causes(cell(9)),
  }
  return { count: count.value, device }
}

/** `[N/A]`, `[Not Supported]`, `[Unknown Error]`, … are what they say, never 0. Bit masks are hexadecimal. */
export function parseCell(cell: string): Measured {
  const value = cell === '' || cell.startsWith('[') ? Number.NaN : Number(cell)
  return Number.isNaN(value) ? absent(`nvidia-smi says ${cell === '' ? 'nothing' : cell}`) : measured(value)
}

/**
 * Bits of NVML's nvmlClocksEventReasons: a power cap (SW 0x4, HW brake 0x80), heat (SW 0x20, HW 0x40), or the hardware's
 * slowdown without its cause (0x8). Idle, application clocks and sync boost are no throttling.
 */
function causes(mask: Measured): Measured<readonly ThrottleCause[]> {
  if (mask.state === 'absent') return mask
  const has = (bits: number): boolean => (mask.value & bits) !== 0
  const named: ThrottleCause[] = [
    ...(has(0x4 | 0x80) ? ['power' as const] : []),
    ...(has(0x60) ? ['heat' as const] : []),
  ]
  return measured(named.length === 0 && has(0x8) ? ['power or heat'] : named)
}
