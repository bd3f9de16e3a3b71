import { absent, type Measured, measured } from '../../measured.ts'
import type { Sample } from './source.ts'

export const deviceMetrics = [
  'gpuUsedBytes',
  'gpuTotalBytes',
  'gpuUtilisation',
  'gpuTemperatureC',
  'gpuPowerW',
  'gpuClockMhz',
  'gpuThrottled',
] as const

/** Fields asked of `nvidia-smi --query-gpu`, in order. `count` says how many lines make one reading. */
export const deviceFields = (reasons: 'clocks_event_reasons' | 'clocks_throttle_reasons'): string =>
  [
    'count,index,memory.used,memory.total,utilization.gpu,temperature.gpu,power.draw,clocks.sm',
    `${reasons}.active`,
  ].join(',')

/** One GPU at one instant. Cells that the driver does not support are absent with its word for it. */
export interface Device {
  count: number
  index: number
  usedMib: Measured
  totalMib: Measured
  utilisationPercent: Measured
  temperatureC: Measured
  powerW: Measured
  clockMhz: Measured
  reasons: Measured
}

/** Undefined for a line that is no reading, such as a message of the driver. */
export function parseDevice(line: string): Device | undefined {
  const cells = line.split(',').map(cell => cell.trim())
  const cell = (index: number): Measured => parseCell(cells[index] ?? '')
  const count = cell(0)
  const index = cell(1)
  if (cells.length !== 9 || count.state === 'absent' || index.state === 'absent') return undefined
  return {
    count: count.value,
    index: index.value,
    usedMib: cell(2),
    totalMib: cell(3),
    utilisationPercent: cell(4),
    temperatureC: cell(5),
    powerW: cell(6),
    clockMhz: cell(7),
    reasons: cell(8),
  }
}

/** `[N/A]`, `[Not Supported]`, `[Unknown Error]`, … are what they say, never 0. Bit masks are hexadecimal. */
export function parseCell(cell: string): Measured {
  const value = cell === '' || cell.startsWith('[') ? Number.NaN : Number(cell)
  return Number.isNaN(value) ? absent(`nvidia-smi says ${cell === '' ? 'nothing' : cell}`) : measured(value)
}

/**
 * Clocks lowered by a power cap (SW 0x4, HW brake 0x80), by heat (SW 0x20, HW 0x40) or by either (HW slowdown 0x8), as
 * NVML's nvmlClocksEventReasons has them. Idle, application clocks and sync boost are no throttling.
 */
const THROTTLED = 0x4 | 0x8 | 0x20 | 0x40 | 0x80

const MIB = 2 ** 20

/** All GPUs of the machine as one: memory and power summed, utilisation averaged, the hottest, the slowest clock. */
export function combine(devices: readonly Device[]): Sample {
  const over = (pick: (device: Device) => Measured, fold: (values: number[]) => number): Measured => {
    const values: number[] = []
    for (const device of devices) {
      const cell = pick(device)
      if (cell.state === 'absent') return cell
      values.push(cell.value)
    }
    return measured(fold(values))
  }
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0)
  return {
    gpuUsedBytes: over(
      device => device.usedMib,
      values => sum(values) * MIB,
    ),
    gpuTotalBytes: over(
      device => device.totalMib,
      values => sum(values) * MIB,
    ),
    gpuUtilisation: over(
      device => device.utilisationPercent,
      values => sum(values) / values.length / 100,
    ),
    gpuTemperatureC: over(
      device => device.temperatureC,
      values => Math.max(...values),
    ),
    gpuPowerW: over(device => device.powerW, sum),
    gpuClockMhz: over(
      device => device.clockMhz,
      values => Math.min(...values),
    ),
    gpuThrottled: over(
      device => device.reasons,
      values => (values.some(mask => (mask & THROTTLED) !== 0) ? 1 : 0),
    ),
  }
}
