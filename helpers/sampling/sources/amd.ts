import { realpathSync } from 'node:fs'
import { basename } from 'node:path'
import { absent, type Measured, measured } from '../../measured.ts'
import { amdBytesOf } from './amd-processes.ts'
import { type GpuDevice, scaled, sharedMemory } from './gpu-device.ts'
import type { GpuReader, GpuReading } from './gpu-reader.ts'
import { numberIn, pathsIn, wordIn } from './sys-numbers.ts'

const PERIOD_MS = 500

/** A graphics unit in the CPU keeps less than this for itself and takes the rest from the machine's RAM. */
const OWN_MEMORY_BYTES = 2 * 2 ** 30

/** A GPU that the kernel's amdgpu driver shows. */
export interface AmdCard {
  /** Its folder, `/sys/class/drm/card0/device`. */
  folder: string
  /** `0000:03:00.0`; empty where /sys is not a real one. */
  pciAddress: string
  sharesRam: boolean
}

/**
 * AMD's GPUs, those with memory of their own; graphics units in the CPU only where there is no other. Looked up once.
 */
export function amdCards(sysRoot: string): AmdCard[] {
  const cards = pathsIn(`${sysRoot}/class/drm`, /^card\d+$/).flatMap((path): AmdCard[] => {
    const folder = `${path}/device`
    const total = numberIn(`${folder}/mem_info_vram_total`)
    if (total.state === 'absent') return []
    return [{ folder, pciAddress: pciAddress(folder), sharesRam: total.value < OWN_MEMORY_BYTES }]
  })
  const own = cards.filter(card => !card.sharesRam)
  return own.length > 0 ? own : cards
}

/**
 * AMD GPUs by the files of amdgpu in /sys, at most twice a second. The temperature is the hotter of edge and junction;
 * what a unit in the CPU uses is its own part and what it has mapped of the RAM (GTT). The driver tells throttling in a
 * binary table only, which is not read.
 */
export function amdReader(options: { procRoot: string; sysRoot: string; cards: readonly AmdCard[] }): GpuReader {
  const { procRoot, sysRoot, cards } = options
  const hwmon = new Map(cards.map(({ folder }) => [folder, pathsIn(`${folder}/hwmon`, /^hwmon\d+$/)[0]]))
  let reading: GpuReading | undefined
  return {
    ready: Promise.resolve(),
    read(atMs) {
      if (reading === undefined || atMs - reading.atMs >= PERIOD_MS - 50) {
        reading = { atMs, devices: cards.map((card, index) => readCard(card, index, hwmon.get(card.folder))) }
      }
      return measured(reading)
    },
    bytesOf: pids => amdBytesOf(pids, { procRoot, sysRoot, cards }),
    stop: () => Promise.resolve(),
  }
}

function readCard({ folder, sharesRam }: AmdCard, index: number, hwmon: string | undefined): GpuDevice {
  const name = wordIn(`${folder}/product_name`) || `AMD ${wordIn(`${folder}/device`).replace(/^0x/, '')}`.trim()
  const file = (path: string): Measured => numberIn(`${folder}/${path}`)
  const sensor = (path: string): Measured =>
    hwmon === undefined ? absent(`${folder} has no hwmon folder`) : numberIn(`${hwmon}/${path}`)
  const averageW = scaled(sensor('power1_average'), 1e-6)
  return {
    index,
    name,
    sharesRam,
    usedBytes: sharesRam ? sumOf(file('mem_info_vram_used'), file('mem_info_gtt_used')) : file('mem_info_vram_used'),
    totalBytes: sharesRam ? sharedMemory(name) : file('mem_info_vram_total'),
    utilisation: scaled(file('gpu_busy_percent'), 1 / 100),
    temperatureC: temperature(hwmon, folder),
    powerW: averageW.state === 'measured' ? averageW : scaled(sensor('power1_input'), 1e-6),
    clockMhz: scaled(sensor('freq1_input'), 1e-6),
    throttledBy: absent('amdgpu tells throttling in gpu_metrics only, which is not read'),
  }
}

/** Of the GPU itself; the sensor of its memory is another. An old driver has one sensor without a label. */
function temperature(hwmon: string | undefined, folder: string): Measured {
  if (hwmon === undefined) return absent(`${folder} has no hwmon folder`)
  const values = pathsIn(hwmon, /^temp\d+_input$/).flatMap(path => {
    const label = wordIn(path.replace(/_input$/, '_label'))
    const value = /^(edge|junction|)$/.test(label) ? numberIn(path) : absent('another sensor')
    return value.state === 'measured' ? [value.value / 1000] : []
  })
  return values.length === 0 ? absent(`${hwmon} tells no temperature of the GPU`) : measured(Math.max(...values))
}

const sumOf = (a: Measured, b: Measured): Measured => {
  if (a.state === 'absent') return a
  return b.state === 'absent' ? b : measured(a.value + b.value)
}

function pciAddress(folder: string): string {
  try {
    const name = basename(realpathSync(folder))
    return /^[0-9a-f]{4}:/i.test(name) ? name : ''
  } catch {
    // A folder that cannot be resolved has no address to compare with.
    return ''
  }
}
