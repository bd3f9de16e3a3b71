import type { Measured } from '../../measured.ts'
import type { ProcessTrees } from '../process-trees.ts'
import { cgroupSource } from './cgroup.ts'
import { cpuSource } from './cpu.ts'
import { disksSource } from './disks.ts'
import { engineProcessesSource, suiteProcessesSource } from './engine-processes.ts'
import { gpuSource } from './gpu.ts'
import { loadSource } from './load.ts'
import { memorySource } from './memory.ts'
import { networkSource } from './network.ts'
import { pressureSources } from './pressure.ts'
import { type QueueTarget, queueSource } from './queue.ts'
import { atMostEvery, type Source } from './source.ts'
import { temperaturesSource } from './temperatures.ts'
import { throttleSource } from './throttle.ts'
import { vmstatSource } from './vmstat.ts'

/**
 * Every source of a Linux machine. Levels, the CPU and swap traffic are sampled at every tick; other counters twice a
 * second, since they lose nothing in between and the edges of windows are read in full; slow ones once a second.
 * `ready` resolves when those that have to wait have something to say.
 */
export function allSources(options: {
  procRoot: string
  sysRoot: string
  pageBytes: Measured
  ticksPerSecond: number
  nvidiaSmi: string
  queue: QueueTarget | null
  trees: ProcessTrees
  nowMs: () => number
}): { sources: Source[]; ready: Promise<unknown>; stop(): Promise<void> } {
  const { procRoot, sysRoot, pageBytes, ticksPerSecond, trees, nowMs } = options
  const gpu = gpuSource(options)
  const queue = queueSource(options.queue, nowMs)
  const sources = [
    // First: the disturbance of a window is told from these, so they are read close to each other.
    cpuSource(procRoot, ticksPerSecond),
    engineProcessesSource(procRoot, trees, nowMs),
    suiteProcessesSource(trees),
    memorySource(procRoot),
    vmstatSource(procRoot, pageBytes),
    atMostEvery(1000, loadSource(procRoot)),
    atMostEvery(500, disksSource(procRoot, sysRoot)),
    atMostEvery(500, networkSource(procRoot)),
    atMostEvery(1000, temperaturesSource(sysRoot)),
    ...pressureSources(procRoot).map(source => atMostEvery(500, source)),
    atMostEvery(1000, throttleSource(sysRoot)),
    cgroupSource(procRoot, sysRoot, trees),
    gpu,
    queue,
  ]
  return {
    sources,
    ready: Promise.all([gpu.ready, queue.ready]),
    stop: async () => {
      await Promise.all([gpu.stop(), queue.stop()])
    },
  }
}
