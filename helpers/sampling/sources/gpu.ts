import { absent, type Measured } from '../../measured.ts'
import type { ProcessTrees } from '../process-trees.ts'
import { combine, deviceMetrics, type GpuDevice } from './gpu-device.ts'
import type { GpuReader, GpuReading } from './gpu-reader.ts'
import { allAbsent, type Instant, type Sample, type Source } from './source.ts'

const ENGINE_PERIOD_MS = 1000

export interface GpuSource extends Source {
  /** Resolves when every reader has its first reading, or will have none. */
  ready: Promise<unknown>
  /** Each GPU by itself. */
  devices(atMs: number): Measured<readonly GpuDevice[]>
  stop(): Promise<void>
}

/**
 * The machine's GPUs taken together, by the first reader that sees one; the others are not asked any more. Memory is of
 * the instant; utilisation (0 to 1) is the driver's own mean over up to a second. `gpuEngineBytes` is sampled once a
 * second and in complete readings.
 */
export function gpuSource(readers: readonly GpuReader[], trees: Pick<ProcessTrees, 'enginePids'>): GpuSource {
  let chosen: GpuReader | undefined
  let shownMs = Number.NEGATIVE_INFINITY
  let engineMs = Number.NEGATIVE_INFINITY

  const newest = (atMs: number): Measured<GpuReading> => {
    chosen ??= readers.find(reader => reader.read(atMs).state === 'measured')
    if (chosen !== undefined) return chosen.read(atMs)
    return absent(readers.map(reader => reasonOf(reader.read(atMs))).join('; ') || 'there is no GPU to be seen')
  }

  const devices = (reading: Measured<GpuReading>, complete: boolean): Sample => {
    if (reading.state === 'absent') return allAbsent(deviceMetrics, reading.reason)
    if (!complete && reading.value.atMs === shownMs) return {}
    shownMs = reading.value.atMs
    return combine(reading.value.devices)
  }

  const engine = (reading: Measured<GpuReading>, atMs: number): Measured => {
    const pids = trees.enginePids
    if (pids.state === 'absent') return pids
    if (chosen !== undefined) return chosen.bytesOf(pids.value, atMs)
    return reading.state === 'absent' ? reading : absent('there is no GPU to be seen')
  }

  return {
    metrics: [...deviceMetrics, 'gpuEngineBytes'],
    ready: Promise.all(readers.map(reader => reader.ready)),
    devices(atMs) {
      const reading = newest(atMs)
      return reading.state === 'absent' ? reading : { state: 'measured', value: reading.value.devices }
    },
    sample({ atMs, complete }: Instant) {
      const reading = newest(atMs)
      const sample = devices(reading, complete)
      if (!complete && atMs - engineMs < ENGINE_PERIOD_MS - 50) return sample
      engineMs = atMs
      return { ...sample, gpuEngineBytes: engine(reading, atMs) }
    },
    async stop() {
      await Promise.all(readers.map(reader => reader.stop()))
    },
  }
}

const reasonOf = (reading: Measured<GpuReading>): string => (reading.state === 'absent' ? reading.reason : '')
