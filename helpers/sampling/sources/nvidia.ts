import { absent, type Measured, measured } from '../../measured.ts'
import type { GpuDevice } from './gpu-device.ts'
import type { GpuReader, GpuReading } from './gpu-reader.ts'
import { inHostPidNamespace } from './host-pid-namespace.ts'
import { type LineStream, type StreamEnd, streamLines } from './line-stream.ts'
import { deviceFields, parseDevice } from './nvidia-devices.ts'
import { FORGOTTEN_AFTER_MS, NvidiaProcesses, processFields } from './nvidia-processes.ts'

const DEVICE_PERIOD_MS = 200
const PROCESS_PERIOD_MS = 1000
/** A reading older than this is none. */
const STALE_MS = 3000

/**
 * NVIDIA GPUs by two children of nvidia-smi that go on printing. What a process holds is what was listed within the last
 * 2.5 s.
 */
export function nvidiaReader(options: { procRoot: string; nvidiaSmi: string; nowMs: () => number }): GpuReader {
  const { procRoot, nvidiaSmi, nowMs } = options
  const seesAllProcesses = inHostPidNamespace(procRoot)
  const processes = new NvidiaProcesses()
  const round = new Map<number, GpuDevice>()
  const streams: LineStream[] = []
  let latest: GpuReading | undefined
  let firstMs: number | undefined
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
    const parsed = parseDevice(line)
    if (parsed === undefined) return
    round.set(parsed.device.index, parsed.device)
    if (round.size < parsed.count) return
    latest = { atMs: nowMs(), devices: [...round.values()].sort((a, b) => a.index - b.index) }
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

  return {
    ready,
    read(atMs): Measured<GpuReading> {
      if (devicesEnded !== undefined) return absent(devicesEnded)
      const quiet = 'nvidia-smi has printed no complete reading'
      if (latest === undefined) return absent(`${quiet} yet`)
      const ageMs = atMs - latest.atMs
      return ageMs > STALE_MS ? absent(`${quiet} for ${Math.round(ageMs)} ms`) : measured(latest)
    },
    bytesOf(pids, atMs) {
      const ended = devicesEnded ?? processesEnded
      if (ended !== undefined) return absent(ended)
      if (firstMs === undefined) return absent('nvidia-smi has printed no complete reading yet')
      // The list of processes may come a little later, and an empty one is not seen to come.
      return processes.bytesOf(pids, atMs, seesAllProcesses && atMs - firstMs > FORGOTTEN_AFTER_MS)
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
