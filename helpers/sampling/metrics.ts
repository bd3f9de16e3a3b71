import type { Measured } from '../measured.ts'

/**
 * Everything that is sampled. A gauge is a level at an instant; a counter only rises, and its difference over a window
 * is what counts. The unit is in the name.
 */
export const metricKinds = {
  ramTotalBytes: 'gauge',
  ramUsedBytes: 'gauge',
  ramAvailableBytes: 'gauge',
  swapUsedBytes: 'gauge',
  swapInBytes: 'counter',
  swapOutBytes: 'counter',
  /** Faults of all processes that waited for a disk, the swap included. */
  majorFaults: 'counter',
  /** Allocations that had to make room before they got theirs. */
  allocationStalls: 'counter',
  /** Processes that the kernel killed for memory, on the machine and in its cgroups. */
  oomKills: 'counter',
  /** 0 to 1: free memory in blocks smaller than 2 MiB, of all free memory. */
  memoryUnusableShare: 'gauge',
  /** Busy CPU time of all cores, in core-milliseconds; steal apart. */
  cpuBusyMs: 'counter',
  cpuStealMs: 'counter',
  /** CPU time of the engine's process trees and of the suite's own, the engine's left out; at 1 Hz and in readings. */
  engineCpuMs: 'counter',
  suiteCpuMs: 'counter',
  loadAverage1: 'gauge',
  diskReadBytes: 'counter',
  diskWriteBytes: 'counter',
  /** Share of time, summed over NVMe devices in ms, in which at least one request was in flight. */
  nvmeBusyMs: 'counter',
  networkInBytes: 'counter',
  networkOutBytes: 'counter',
  cpuTemperatureC: 'gauge',
  /** Of the fastest core. */
  cpuClockMhz: 'gauge',
  memoryPressureStallMs: 'counter',
  cpuPressureStallMs: 'counter',
  cpuThrottleCount: 'counter',
  /** The cgroup's own use, where the engine's processes live in one with a limit. */
  cgroupUsedBytes: 'gauge',
  cgroupLimitBytes: 'gauge',
  /** Engine processes. RSS counts shared pages in every process, PSS shares them out. */
  engineRssBytes: 'gauge',
  enginePssBytes: 'gauge',
  engineSwapBytes: 'gauge',
  engineProcesses: 'gauge',
  gpuUsedBytes: 'gauge',
  gpuTotalBytes: 'gauge',
  /** 1 where the GPU has no memory of its own and uses the machine's RAM, else 0. */
  gpuSharesRam: 'gauge',
  /** GPU memory of the engine's own processes. */
  gpuEngineBytes: 'gauge',
  /** 0 to 1, the mean of all GPUs. */
  gpuUtilisation: 'gauge',
  gpuTemperatureC: 'gauge',
  gpuPowerW: 'gauge',
  gpuClockMhz: 'gauge',
  /** 1 while the GPU lowers its clocks because of heat or power, else 0. */
  gpuThrottled: 'gauge',
  modelsLoaded: 'gauge',
  requestsRunning: 'gauge',
  requestsWaiting: 'gauge',
} as const satisfies Record<string, 'gauge' | 'counter'>

export type Metric = keyof typeof metricKinds

/** One reading of every metric at one instant. */
export type Reading = { atMs: number } & { metrics: Record<Metric, Measured> }

/** One metric over a window: levels for a gauge, `delta` for a counter too. */
export interface WindowStatistics {
  n: number
  first: number
  last: number
  min: number
  max: number
  mean: number
  /** last − first. */
  delta: number
}

export interface Point {
  atMs: number
  value: number
}
