import { absent, type Measured, measured } from '../../measured.ts'
import type { Sample } from './source.ts'

/** Why a GPU lowers its clocks; idling and clocks that somebody set are no reason of it. */
export type ThrottleCause = 'power' | 'heat' | 'power or heat'

/** One GPU at one instant. What its tool does not tell is absent, with the tool's word for it. */
export interface GpuDevice {
  index: number
  name: string
  /** It has no memory of its own and uses the machine's RAM. */
  sharesRam: boolean
  usedBytes: Measured
  totalBytes: Measured
  /** 0 to 1. */
  utilisation: Measured
  temperatureC: Measured
  powerW: Measured
  clockMhz: Measured
  /** Empty while it is not throttled. */
  throttledBy: Measured<readonly ThrottleCause[]>
}

export const deviceMetrics = [
  'gpuUsedBytes',
  'gpuTotalBytes',
  'gpuSharesRam',
  'gpuUtilisation',
  'gpuTemperatureC',
  'gpuPowerW',
  'gpuClockMhz',
  'gpuThrottled',
] as const

/** All GPUs of the machine as one: memory and power summed, utilisation averaged, the hottest, the slowest clock. */
export function combine(devices: readonly GpuDevice[]): Sample {
  const over = (pick: (device: GpuDevice) => Measured, fold: (values: number[]) => number): Measured => {
    const values: number[] = []
    for (const device of devices) {
      const value = pick(device)
      if (value.state === 'absent') return value
      values.push(value.value)
    }
    return values.length === 0 ? absent('there is no GPU') : measured(fold(values))
  }
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0)
  const largest = (values: number[]): number => Math.max(...values)
  return {
    gpuUsedBytes: over(({ usedBytes }) => usedBytes, sum),
    gpuTotalBytes: over(({ totalBytes }) => totalBytes, sum),
    gpuSharesRam: over(
      ({ sharesRam }) => measured(sharesRam ? 1 : 0),
      values => Math.min(...values),
    ),
    gpuUtilisation: over(
      ({ utilisation }) => utilisation,
      values => sum(values) / values.length,
    ),
    gpuTemperatureC: over(({ temperatureC }) => temperatureC, largest),
    gpuPowerW: over(({ powerW }) => powerW, sum),
    gpuClockMhz: over(
      ({ clockMhz }) => clockMhz,
      values => Math.min(...values),
    ),
    gpuThrottled: over(
      ({ throttledBy }) =>
        throttledBy.state === 'absent' ? throttledBy : measured(throttledBy.value.length > 0 ? 1 : 0),
      largest,
    ),
  }
}

/** Why a GPU without memory of its own tells none. */
export const sharedMemory = (name: string, said = ''): { state: 'absent'; reason: string } =>
  absent(`${name} has no memory of its own: it uses the machine's RAM${said === '' ? '' : ` (${said})`}`)

/** A number of the tool in another unit. */
export const scaled = (value: Measured, factor: number): Measured =>
  value.state === 'absent' ? value : measured(value.value * factor)
