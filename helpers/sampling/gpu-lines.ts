import type { Measured } from '../measured.ts'
import { table } from '../reporting/table.ts'
import { formatQuantity } from '../units.ts'
import { memoryDomain } from './memory-domain.ts'
import type { Reading } from './metrics.ts'
import type { GpuDevice } from './sources/gpu-device.ts'

/** What is seen of each GPU, for people; what is not told with its reason. */
export function gpuLines(gpus: Measured<readonly GpuDevice[]>): string[] {
  if (gpus.state === 'absent') return [`no GPU: ${gpus.reason}`]
  return gpus.value.flatMap(gpu => [
    `GPU ${gpu.index} · ${gpu.name}`,
    ...table(
      [
        ['memory used', told(gpu.usedBytes, bytes)],
        ['memory', told(gpu.totalBytes, bytes)],
        ['load', told(gpu.utilisation, value => formatQuantity(value, 'ratio'))],
        ['temperature', told(gpu.temperatureC, value => formatQuantity(value, 'celsius'))],
        ['power', told(gpu.powerW, value => `${value.toFixed(1)} W`)],
        ['clock', told(gpu.clockMhz, value => `${value.toFixed(0)} MHz`)],
        ['throttled', told(gpu.throttledBy, causes => (causes.length === 0 ? 'no' : `by ${causes.join(' and ')}`))],
      ],
      2,
    ),
  ])
}

/** What is seen of the memory of processes that are followed as an engine's, and which of it criteria judge. */
export function engineMemoryLines(reading: Reading): string[] {
  const { engineProcesses, gpuEngineBytes, engineRssBytes } = reading.metrics
  const domain = memoryDomain(reading)
  return table([
    ['processes', told(engineProcesses, String)],
    ['GPU memory', told(gpuEngineBytes, bytes)],
    ['host memory (RSS)', told(engineRssBytes, bytes)],
    ['judged on', domain.state === 'measured' ? domain.value.domain : `nothing: ${domain.reason}`],
  ])
}

const bytes = (value: number): string => formatQuantity(value, 'bytes')

const told = <T>(value: Measured<T>, format: (value: T) => string): string =>
  value.state === 'measured' ? format(value.value) : `not told: ${value.reason}`
