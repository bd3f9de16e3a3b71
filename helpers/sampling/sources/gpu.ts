import { absent, type Measured } from '../../measured.ts'
import type { ProcessTrees } from '../process-trees.ts'
import { combine, type Device, deviceFields, deviceMetrics, parseDevice } from './gpu-devices.ts'
import { FORGOTTEN_AFTER_MS, GpuProcesses, inHostPidNamespace, processFields } from './gpu-processes.ts'
import { type LineStream, type StreamEnd, streamLines } from './line-stream.ts'
import { allAbsent, type Instant, type Sample, type Source } from './source.ts'

const DEVICE_PERIOD_MS = 200
const PROCESS_PERIOD_MS = 1000
/** A reading older than this is none. */
const STALE_MS = 3000

/** Two children of nvidia-smi that go on printing. `ready` resolves with the first reading, or when there is none. */
export interface GpuSource extends Source {
  ready: Promise<void>
  stop(): Promise<void>
}

/**
 * NVIDIA GPUs by nvidia-smi, taken together. Memory is of the instant; utilisation (a ratio, 0 to 1) is the driver's own
 * mean over up to a second. `gpuEngineBytes` is what the engine's processes hold as listed within the last 2.5 s.
 */
export function gpuSource(options: {
  procRoot: string
  nvidiaSmi: string
  trees: ProcessTrees
  nowMs: () => number
}): GpuSource {
  const { procRoot, nvidiaSmi, trees, nowMs } = options
  const seesAllProcesses = inHostPidNamespace(procRoot)
  const processes = new GpuProcesses()
  const round = new Map<number, Device>()
  const streams: LineStream[] = []
  let latest: { sample: Sample; atMs: number } | undefined
  let firstMs: number | undefined
  let shownMs = Number.NEGATIVE_INFINITY
  let devicesEnded: string | undefined
  let processesEnded: string | undefined
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>()

  const query = (kind: string, fields: string, periodMs: number): string[] => [
    nvidiaSmi,
    `--query-${kind}=${fields}`,
    '--format=csv,noheader,nounits',
    '-lms',
    String(periodMs),
  ]

  const takeDevice = (line: string): void => {
    const device = parseDevice(line)
    if (device === undefined) return
    round.set(device.index, device)
    if (round.size < device.count) return
    latest = { sample: combine([...round.values()]), atMs: nowMs() }
    firstMs ??= latest.atMs
    round.clear()
    isReady()
  }

  const watchDevices = (reasons: 'clocks_event_reasons' | 'clocks_throttle_reasons'): LineStream =>
    streamLines(query('gpu', deviceFields(reasons), DEVICE_PERIOD_MS), takeDevice, end => {
      // Drivers before 535 know the field by its older name only.
      if (reasons === 'clocks_event_reasons' && end.lastLines.some(line => /not a valid field/i.test(line))) {
        streams.push(watchDevices('clocks_throttle_reasons'))
        return
      }
      devicesEnded = describeEnd(nvidiaSmi, end)
      isReady()
    })

  streams.push(
    watchDevices('clocks_event_reasons'),
    streamLines(
      query('compute-apps', processFields, PROCESS_PERIOD_MS),
      line => processes.take(line, nowMs()),
      end => {
        processesEnded = describeEnd(nvidiaSmi, end)
      },
    ),
  )

  const devices = ({ atMs, complete }: Instant): Sample => {
    if (devicesEnded !== undefined) return allAbsent(deviceMetrics, devicesEnded)
    const quiet = 'nvidia-smi has printed no complete reading'
    if (latest === undefined) return allAbsent(deviceMetrics, `${quiet} yet`)
    if (atMs - latest.atMs > STALE_MS)
      return allAbsent(deviceMetrics, `${quiet} for ${Math.round(atMs - latest.atMs)} ms`)
    if (!complete && latest.atMs === shownMs) return {}
    shownMs = latest.atMs
    return latest.sample
  }

  const engine = (atMs: number): Measured => {
    const pids = trees.enginePids
    if (pids.state === 'absent') return pids
    const ended = devicesEnded ?? processesEnded
    if (ended !== undefined) return absent(ended)
    if (firstMs === undefined) return absent('nvidia-smi has printed no complete reading yet')
    // The list of processes may come a little later, and an empty one is not seen to come.
    return processes.bytesOf(pids.value, atMs, seesAllProcesses && atMs - firstMs > FORGOTTEN_AFTER_MS)
  }

  let dueMs = Number.NEGATIVE_INFINITY
  return {
    metrics: [...deviceMetrics, 'gpuEngineBytes'],
    ready,
    sample(instant) {
      const due = instant.complete || instant.atMs - dueMs >= PROCESS_PERIOD_MS - 50
      if (!due) return devicesEnded === undefined ? devices(instant) : {}
      dueMs = instant.atMs
      return { ...devices(instant), gpuEngineBytes: engine(instant.atMs) }
    },
    async stop() {
      await Promise.all(streams.map(stream => stream.stop()))
    },
  }
}

function describeEnd(nvidiaSmi: string, { code, lastLines }: StreamEnd): string {
  if (code === 127) return `no NVIDIA GPU that can be asked: the program ${nvidiaSmi} was not found`
  return `${nvidiaSmi} ended with code ${code}: ${lastLines.join(' ').slice(0, 300) || 'it printed nothing'}`
}
