import { type Measured, measured } from '../measured.ts'
import type { Metric, Reading, WindowStatistics } from '../sampling/index.ts'
import type { PhaseMetrics } from './model-record.ts'

/** What is needed beyond the two readings. */
export interface PhaseWindow {
  cores: number
  /** Over the phase. */
  windows: Record<'cpuTemperatureC' | 'gpuTemperatureC' | 'requestsWaiting', Measured<WindowStatistics>>
  /** Mean of the requests that ended in the phase; absent where none did. */
  responseMs: Measured
}

/** The metric set of a phase: levels at its end, rates over it. What cannot be read stays absent, with its reason. */
export function phaseMetrics(
  before: Reading,
  after: Reading,
  { cores, windows, responseMs }: PhaseWindow,
): PhaseMetrics {
  const elapsedMs = after.atMs - before.atMs
  const level = (metric: Metric): Measured => after.metrics[metric]
  const rise = (metric: Metric): Measured => both(before.metrics[metric], level(metric), (from, to) => to - from)
  const perSecond = (metric: Metric): Measured => map(rise(metric), value => (1000 * value) / elapsedMs)
  const highest = (window: Measured<WindowStatistics>, metric: Metric): Measured =>
    window.state === 'measured' ? measured(window.value.max) : level(metric)
  return {
    ramTotalBytes: level('ramTotalBytes'),
    ramUsedBytes: level('ramUsedBytes'),
    ramUsedShare: both(level('ramUsedBytes'), level('ramTotalBytes'), (used, total) => used / total),
    swapUsedBytes: level('swapUsedBytes'),
    swapInBytesPerSecond: perSecond('swapInBytes'),
    swapOutBytesPerSecond: perSecond('swapOutBytes'),
    memoryUnusableShare: level('memoryUnusableShare'),
    gpuUsedBytes: level('gpuUsedBytes'),
    cpuShare: map(rise('cpuBusyMs'), busyMs => Math.min(1, busyMs / (elapsedMs * cores))),
    highestCpuTemperatureC: highest(windows.cpuTemperatureC, 'cpuTemperatureC'),
    highestGpuTemperatureC: highest(windows.gpuTemperatureC, 'gpuTemperatureC'),
    loadAverage1: level('loadAverage1'),
    diskReadBytesPerSecond: perSecond('diskReadBytes'),
    diskWriteBytesPerSecond: perSecond('diskWriteBytes'),
    nvmeBusyShare: map(rise('nvmeBusyMs'), busyMs => busyMs / elapsedMs),
    networkInBytesPerSecond: perSecond('networkInBytes'),
    networkOutBytesPerSecond: perSecond('networkOutBytes'),
    modelsLoaded: level('modelsLoaded'),
    mostRequestsWaiting: highest(windows.requestsWaiting, 'requestsWaiting'),
    responseMs,
    engineHostBytes: hostBytes(after),
    engineGpuBytes: level('gpuEngineBytes'),
    engineSwapBytes: level('engineSwapBytes'),
  }
}

/** Host and GPU memory of the engine's processes together; a machine without a GPU has the former alone. */
export function heldByEngine({ engineHostBytes, engineGpuBytes }: PhaseMetrics): Measured {
  if (engineGpuBytes.state === 'absent') return engineHostBytes
  return both(engineHostBytes, engineGpuBytes, (host, gpu) => host + gpu)
}

/** PSS where it can be read: pages that several processes of the engine map count once. */
function hostBytes({ metrics: { enginePssBytes, engineRssBytes } }: Reading): Measured {
  return enginePssBytes.state === 'measured' ? enginePssBytes : engineRssBytes
}

const map = (value: Measured, fold: (value: number) => number): Measured =>
  value.state === 'measured' ? measured(fold(value.value)) : value

export function both(a: Measured, b: Measured, fold: (a: number, b: number) => number): Measured {
  if (a.state === 'absent') return a
  return b.state === 'absent' ? b : measured(fold(a.value, b.value))
}
