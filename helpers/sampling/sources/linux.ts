import { ProcessTrees } from '../process-trees.ts'
import type { AllSources } from './all-sources.ts'
import { cgroupSource } from './cgroup.ts'
import { cpuSource } from './cpu.ts'
import { cpuClockSource } from './cpu-clock.ts'
import { disksSource } from './disks.ts'
import { engineProcessesSource, suiteProcessesSource } from './engine-processes.ts'
import { followedQueueSource } from './followed-queue.ts'
import { fragmentationSource } from './fragmentation.ts'
import { gpuSource } from './gpu.ts'
import { gpuReaders } from './gpu-readers.ts'
import { kernelConstants } from './kernel-constants.ts'
import { loadSource } from './load.ts'
import { memorySource } from './memory.ts'
import { networkSource } from './network.ts'
import { pressureSources } from './pressure.ts'
import { atMostEvery } from './source.ts'
import { temperaturesSource } from './temperatures.ts'
import { throttleSource } from './throttle.ts'
import { vmstatSource } from './vmstat.ts'

/**
 * Every source of a Linux machine. Levels, the CPU and swap traffic are sampled at every tick; other counters twice a
 * second, since they lose nothing in between and the edges of windows are read in full; slow ones once a second.
 */
export function linuxSources(options: {
  procRoot: string
  sysRoot: string
  suiteRoot: number
  nvidiaSmi: string
  tegrastats: string
  nowMs: () => number
}): AllSources {
  const { procRoot, sysRoot, suiteRoot, nowMs } = options
  const { pageBytes, ticksPerSecond } = kernelConstants(procRoot)
  const trees = new ProcessTrees({ procRoot, suiteRoot, ticksPerSecond })
  const gpu = gpuSource(gpuReaders(options), trees)
  const queue = followedQueueSource(nowMs)
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
    atMostEvery(1000, fragmentationSource(procRoot, pageBytes)),
    atMostEvery(1000, temperaturesSource(sysRoot)),
    atMostEvery(1000, cpuClockSource(procRoot, sysRoot)),
    ...pressureSources(procRoot).map(source => atMostEvery(500, source)),
    atMostEvery(1000, throttleSource(sysRoot)),
    cgroupSource(procRoot, sysRoot, trees),
    gpu,
    queue,
  ]
  return {
    sources,
    ready: Promise.all([gpu.ready, queue.ready]),
    follow: (roots, instant, companions) => trees.follow(roots, instant, companions),
    update: instant => trees.update(instant),
    refresh: () => Promise.resolve(),
    followQueue: queue.follow,
    gpus: gpu.devices,
    stop: async () => {
      await Promise.all([gpu.stop(), queue.stop()])
    },
  }
}
