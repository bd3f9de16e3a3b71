import type { MemoryDomain } from '../batches/batch-run.ts'
import { absent, type Measured, measured } from '../measured.ts'
import type { Metric, Reading } from './metrics.ts'

const domains: readonly { domain: MemoryDomain; metric: Metric }[] = [
  { domain: 'GPU memory of the engine', metric: 'gpuEngineBytes' },
  { domain: 'GPU memory of the device', metric: 'gpuUsedBytes' },
  // RSS before PSS: an engine's share of common pages grows by megabytes whenever another process lets go of them.
  { domain: 'host memory of the engine (RSS)', metric: 'engineRssBytes' },
  { domain: 'host memory of the engine (PSS)', metric: 'enginePssBytes' },
]

/** On a machine whose GPU has no memory of its own, and whose tools do not tell what the engine holds of it. */
const shared = {
  domain: 'host memory of the engine (RSS), whose RAM its GPU shares',
  metric: 'engineRssBytes',
} as const

/**
 * Which memory a criterion about "VRAM" is judged on, from a complete reading with the model loaded: the engine's GPU
 * memory, else the device's, else the engine's host memory. An engine that is known to hold nothing of the GPU runs on
 * the CPU, and then it is host memory although there is a GPU; so it is for one whose GPU memory is fixed (with the
 * reason), since that tells nothing. Where the GPU uses the machine's RAM and its tool does not tell the engine's
 * part, it is host memory, and the domain says so. An engine whose processes are not on this machine has none of its
 * memory.
 */
export function memoryDomain(
  reading: Reading,
  gpuMemoryIsFixed: string | null = null,
): Measured<{ domain: MemoryDomain; metric: Metric }> {
  const { engineProcesses, gpuEngineBytes, gpuSharesRam } = reading.metrics
  if (engineProcesses.state === 'absent') return engineProcesses
  const runsOnCpu = gpuEngineBytes.state === 'measured' && gpuEngineBytes.value === 0
  const candidates =
    runsOnCpu || gpuMemoryIsFixed !== null ? domains.filter(({ metric }) => !metric.startsWith('gpu')) : domains
  const found = candidates.find(({ metric }) => reading.metrics[metric].state === 'measured')
  const sharesRam = !runsOnCpu && gpuSharesRam.state === 'measured' && gpuSharesRam.value === 1
  if (sharesRam && found?.metric === shared.metric) return measured(shared)
  if (found !== undefined) return measured(found)
  const reasons = candidates.map(({ metric }) => {
    const value = reading.metrics[metric]
    return `${metric}: ${value.state === 'absent' ? value.reason : value.value}`
  })
  return absent(`no memory of the engine can be seen (${reasons.join('; ')})`)
}

/** The metric that holds a domain's memory. */
export function metricOfDomain(domain: MemoryDomain): Metric {
  const found = [...domains, shared].find(entry => entry.domain === domain)
  if (found === undefined) throw new TypeError(`there is no memory domain ${domain}`)
  return found.metric
}
