import { absent, type Measured, measured } from '../../measured.ts'
import { sharedMemory, type ThrottleCause } from './gpu-device.ts'
import type { GpuReader, GpuReading } from './gpu-reader.ts'
import { streamLines } from './line-stream.ts'
import { readNvmap } from './nvmap.ts'
import { numberIn, pathsIn, wordIn } from './sys-numbers.ts'
import { parseTegrastats, type TegrastatsGpu } from './tegrastats.ts'

const PERIOD_MS = 500
/** A reading older than this is none. */
const STALE_MS = 3000

/** The board's name where it is a Jetson (`NVIDIA Jetson Orin Nano …`), from its device tree. */
export function jetsonName(procRoot: string): string | undefined {
  const name = wordIn(`${procRoot}/device-tree/model`)
  return /jetson/i.test(name) ? name : undefined
}

/**
 * A Jetson's GPU: load and power by one child of `tegrastats` that goes on printing, temperature, clock and throttling
 * from /sys where that does not tell them. It has no memory of its own; what it uses of the RAM is told by nvmap, to root.
 *
 * `listed`: what another tool lists of processes, for boards without nvmap (Thor, whose nvidia-smi lists them).
 */
export function jetsonReader(options: {
  name: string
  sysRoot: string
  tegrastats: string
  nowMs: () => number
  listed: Pick<GpuReader, 'bytesOf'>
}): GpuReader {
  const { name, sysRoot, tegrastats, nowMs, listed } = options
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>()
  const throttling = throttlingOf(sysRoot)
  let last: { gpu: TegrastatsGpu; atMs: number } | undefined
  let ended: string | undefined
  let reading: GpuReading | undefined
  const stream = streamLines(
    [tegrastats, '--interval', String(PERIOD_MS)],
    line => {
      const gpu = parseTegrastats(line)
      if (gpu === undefined) return
      last = { gpu, atMs: nowMs() }
      isReady()
    },
    ({ code, lastLines }) => {
      ended =
        code === 127
          ? `the program ${tegrastats} was not found`
          : `${tegrastats} ended with code ${code}: ${lastLines.join(' ').slice(0, 300) || 'it printed nothing'}`
      isReady()
    },
  )

  const told = (atMs: number, field: keyof TegrastatsGpu): Measured => {
    if (ended !== undefined) return absent(ended)
    if (last === undefined) return absent('tegrastats has printed nothing yet')
    const ageMs = atMs - last.atMs
    return ageMs > STALE_MS ? absent(`tegrastats has printed nothing for ${Math.round(ageMs)} ms`) : last.gpu[field]
  }

  const take = (atMs: number): GpuReading => {
    const nvmap = readNvmap(sysRoot)
    return {
      atMs,
      devices: [
        {
          index: 0,
          name,
          sharesRam: true,
          usedBytes: nvmap.state === 'measured' ? measured(nvmap.value.totalBytes) : sharedMemory(name, nvmap.reason),
          totalBytes: sharedMemory(name),
          utilisation: told(atMs, 'utilisation'),
          temperatureC: or(told(atMs, 'temperatureC'), zoneCelsius(sysRoot)),
          powerW: told(atMs, 'powerW'),
          clockMhz: or(told(atMs, 'clockMhz'), devfreqMhz(sysRoot)),
          throttledBy: throttling(),
        },
      ],
    }
  }

  return {
    ready,
    read(atMs) {
      if (reading === undefined || atMs - reading.atMs >= PERIOD_MS - 50) reading = take(atMs)
      return measured(reading)
    },
    bytesOf(pids, atMs) {
      const nvmap = readNvmap(sysRoot)
      if (nvmap.state === 'measured') {
        return measured(pids.reduce((sum, pid) => sum + (nvmap.value.bytesByPid.get(pid) ?? 0), 0))
      }
      const other = listed.bytesOf(pids, atMs)
      return other.state === 'measured' ? other : nvmap
    },
    stop: () => stream.stop(),
  }
}

const or = (value: Measured, other: Measured): Measured =>
  value.state === 'absent' && other.state === 'measured' ? other : value

/** The thermal zone of the GPU, in thousandths of a degree; switched off it cannot be read. */
function zoneCelsius(sysRoot: string): Measured {
  for (const folder of pathsIn(`${sysRoot}/class/thermal`, /^thermal_zone\d+$/)) {
    if (!/^gpu-therm(al)?$/i.test(wordIn(`${folder}/type`))) continue
    const value = numberIn(`${folder}/temp`)
    return value.state === 'measured' && value.value > 0 ? measured(value.value / 1000) : absent('its sensor is off')
  }
  return absent('no thermal zone is the GPU')
}

/** The GPU's clock in Hz: `17000000.gpu` on Orin, `17000000.gv11b` and `57000000.gpu` on older boards, `gpu-gpc-0` on Thor. */
function devfreqMhz(sysRoot: string): Measured {
  const [folder] = pathsIn(`${sysRoot}/class/devfreq`, /^(\d+\.(gpu|ga10b|gv11b|gp10b|gm20b)|gpu-gpc-0)$/)
  const hz = folder === undefined ? absent('no devfreq device is the GPU') : numberIn(`${folder}/cur_freq`)
  return hz.state === 'measured' ? measured(hz.value / 1e6) : hz
}

/**
 * Heat: a cooling device of the board that is an alert and is active. Power: the board's count of over-current events has
 * risen since the last look.
 */
function throttlingOf(sysRoot: string): () => Measured<readonly ThrottleCause[]> {
  const alerts = pathsIn(`${sysRoot}/class/thermal`, /^cooling_device\d+$/).filter(folder =>
    /^(gpu-throttle-alert|hot-surface-alert)$/.test(wordIn(`${folder}/type`)),
  )
  const events = pathsIn(`${sysRoot}/class/hwmon`, /^hwmon\d+$/).flatMap(folder => pathsIn(folder, /^oc\d+_event_cnt$/))
  const count = (): number =>
    events.map(numberIn).reduce((sum, value) => sum + (value.state === 'measured' ? value.value : 0), 0)
  let before = count()
  return () => {
    if (alerts.length === 0 && events.length === 0) return absent('the board tells no throttling in /sys')
    const now = count()
    const byPower = now > before
    before = now
    const byHeat = alerts.some(folder => {
      const state = numberIn(`${folder}/cur_state`)
      return state.state === 'measured' && state.value > 0
    })
    return measured([...(byPower ? ['power' as const] : []), ...(byHeat ? ['heat' as const] : [])])
  }
}
