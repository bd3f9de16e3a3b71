import { cpus, loadavg } from 'node:os'
import type { Systeminformation } from 'systeminformation'
import { absent, measured } from '../../measured.ts'
import { type Metric, metricKinds } from '../metrics.ts'
import type { AllSources } from './all-sources.ts'
import { followedQueueSource } from './followed-queue.ts'
import { gpuSource } from './gpu.ts'
import { listedGraphicsReader } from './listed-graphics.ts'
import { listedProcessesSource } from './listed-processes.ts'
import { Poll } from './poll.ts'
import { allAbsent, atMostEvery, numberOr, type Source } from './source.ts'

/** What is asked of systeminformation. */
export interface SystemInformation {
  mem(): Promise<Systeminformation.MemData>
  processes(): Promise<Systeminformation.ProcessesData>
  graphics(): Promise<Systeminformation.GraphicsData>
}

/** systeminformation repeats its last list of processes for half a second. */
const REMEMBERED_MS = 510

/**
 * What a machine without /proc tells, macOS and Windows: RAM, swap, CPU and load, resident memory of the engine's
 * processes, and GPUs as far as systeminformation lists them. It asks programs of the system (`ps`, `vm_stat`,
 * PowerShell), so levels come about once a second and GPUs every ten; a complete reading asks anew for memory and
 * processes.
 */
export function portableSources({
  system,
  platform,
  nowMs,
}: {
  system: SystemInformation
  platform: NodeJS.Platform
  nowMs: () => number
}): AllSources {
  const poll = <T>(what: string, ask: () => Promise<T>, periodMs: number, gapMs = 0): Poll<T> =>
    new Poll({ what: `systeminformation.${what}()`, ask, nowMs, periodMs, gapMs })
  const memory = poll('mem', () => system.mem(), 1000)
  const list = poll('processes', () => processesOf(system), 1000, REMEMBERED_MS)
  const graphics = poll('graphics', () => system.graphics(), 10_000)

  const processes = listedProcessesSource(list)
  const gpu = gpuSource([listedGraphicsReader(graphics)], {
    enginePids: absent('systeminformation tells no GPU memory of a process'),
  })
  const queue = followedQueueSource(nowMs)
  const known: Source[] = [cpuTimes, processes, memorySource(memory), loadOf(platform), gpu, queue]
  const rest = untold(known, platform)
  return {
    sources: [...known, rest],
    ready: Promise.all([memory.pending, list.pending, queue.ready]),
    follow: (roots, { atMs }) => processes.follow(roots, atMs),
    update: () => {},
    refresh: async () => {
      await Promise.all([memory.refresh(), list.refresh()])
    },
    followQueue: queue.follow,
    gpus: gpu.devices,
    stop: async () => {
      await Promise.all([memory.stop(), list.stop(), gpu.stop(), queue.stop()])
    },
  }
}

/** No process at all is what it says when the system's program failed. */
async function processesOf(system: SystemInformation): Promise<Systeminformation.ProcessesData> {
  const processes = await system.processes()
  if (processes.list.length === 0) throw new Error('it lists no process, not even this one')
  return processes
}

/** Busy time of all cores since boot, as the runtime tells it. */
const cpuTimes: Source = {
  metrics: ['cpuBusyMs'],
  sample: () => ({
    cpuBusyMs: measured(cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0)),
  }),
}

const memoryMetrics = ['ramTotalBytes', 'ramUsedBytes', 'ramAvailableBytes', 'swapUsedBytes'] as const

/** Used = total − available, as on Linux. */
function memorySource(poll: Poll<Systeminformation.MemData>): Source {
  let shownMs = Number.NEGATIVE_INFINITY
  return {
    metrics: memoryMetrics,
    sample({ complete }) {
      const answer = poll.latest
      if (answer.state === 'absent') return allAbsent(memoryMetrics, answer.reason)
      const { atMs, value } = answer.value
      if (!complete && atMs === shownMs) return {}
      shownMs = atMs
      const told = (bytes: number) => numberOr(bytes, 'systeminformation does not tell it')
      return {
        ramTotalBytes: told(value.total),
        ramUsedBytes: told(value.total - value.available),
        ramAvailableBytes: told(value.available),
        swapUsedBytes: told(value.swapused),
      }
    },
  }
}

/** Windows has no load average; the runtime says 0 there. */
const loadOf = (platform: NodeJS.Platform): Source =>
  atMostEvery(1000, {
    metrics: ['loadAverage1'],
    sample: () => ({
      loadAverage1: platform === 'win32' ? absent('Windows has no load average') : numberOr(loadavg()[0], 'no load'),
    }),
  })

/** Everything else: that nobody can read it here is told, rather than left out. */
function untold(known: readonly Source[], platform: NodeJS.Platform): Source {
  const told = new Set<Metric>(known.flatMap(({ metrics }) => metrics))
  const isMetric = (key: string): key is Metric => key in metricKinds
  const metrics = Object.keys(metricKinds)
    .filter(isMetric)
    .filter(metric => !told.has(metric))
  return atMostEvery(1000, {
    metrics,
    sample: () => allAbsent(metrics, `it is read on Linux only (this is ${platform}, read through systeminformation)`),
  })
}
