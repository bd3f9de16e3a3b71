import type { Systeminformation } from 'systeminformation'
import { absent, type Measured, measured } from '../../measured.ts'
import { type GpuDevice, scaled, sharedMemory } from './gpu-device.ts'
import type { GpuReader } from './gpu-reader.ts'
import type { Poll } from './poll.ts'

const MIB = 2 ** 20

type Controller = Systeminformation.GraphicsControllerData

/** GPUs as systeminformation lists them: NVIDIA's with what nvidia-smi tells it, and Apple's, which use the RAM. */
export function listedGraphicsReader(poll: Poll<{ controllers: readonly Controller[] }>): GpuReader {
  return {
    ready: Promise.resolve(),
    read() {
      const answer = poll.latest
      if (answer.state === 'absent') return answer
      const devices = listedDevices(answer.value.value.controllers)
      if (devices.length === 0) return absent('systeminformation lists no GPU whose memory it can tell')
      return measured({ atMs: answer.value.atMs, devices })
    },
    bytesOf: () => absent('systeminformation tells no GPU memory of a process'),
    stop: () => poll.stop(),
  }
}

export function listedDevices(controllers: readonly Controller[]): GpuDevice[] {
  return controllers
    .filter(({ vendor, memoryTotal }) => /apple/i.test(vendor) || (memoryTotal ?? 0) > 0)
    .map((controller, index): GpuDevice => {
      const { model, vendor, memoryTotal, memoryUsed, utilizationGpu, temperatureGpu, powerDraw, clockCore } =
        controller
      const name = model || vendor
      const sharesRam = memoryTotal === undefined
      const told = (value: number | undefined, what: string): Measured =>
        value === undefined || !Number.isFinite(value)
          ? absent(`systeminformation tells no ${what} of it`)
          : measured(value)
      return {
        index,
        name,
        sharesRam,
        usedBytes: sharesRam ? sharedMemory(name) : scaled(told(memoryUsed, 'memory in use'), MIB),
        totalBytes: sharesRam ? sharedMemory(name) : scaled(told(memoryTotal, 'memory'), MIB),
        utilisation: scaled(told(utilizationGpu, 'load'), 1 / 100),
        temperatureC: told(temperatureGpu, 'temperature'),
        powerW: told(powerDraw, 'power'),
        clockMhz: told(clockCore, 'clock'),
        throttledBy: absent('systeminformation tells no throttling'),
      }
    })
}
