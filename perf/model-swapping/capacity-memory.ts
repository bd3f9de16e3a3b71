import type { Lab } from '../../helpers/index.ts'
import { absent, type Measured, measured } from '../../helpers/index.ts'
import { freeMemory, type Metric, memoryDomain, type Reading } from '../../helpers/sampling/index.ts'

/** The memory that models take together, since the engine had none of them. */
export class ModelsMemory {
  readonly #lab: Lab
  readonly #before: Reading

  private constructor(lab: Lab, before: Reading) {
    this.#lab = lab
    this.#before = before
  }

  /** Before the first model is loaded. */
  static async beforeLoading(lab: Lab): Promise<ModelsMemory> {
    return new ModelsMemory(lab, await lab.reading())
  }

  /**
   * With models loaded: the engine's GPU memory, else its host memory, where pages that several processes share count once
   * (PSS). Absent with the reason where neither can be seen.
   */
  async taken(): Promise<Measured> {
    const reading = await this.#lab.reading()
    const metric = this.#metricOf(reading)
    if (metric.state === 'absent') return metric
    const now = reading.metrics[metric.value]
    if (now.state === 'absent') return now
    // An engine that has a process for each model has none before the first.
    const before = this.#before.metrics[metric.value]
    return measured(now.value - (before.state === 'measured' ? before.value : 0))
  }

  /** What models can still take; null where that cannot be seen. */
  async free(): Promise<number | null> {
    const reading = await this.#lab.reading()
    const metric = this.#metricOf(reading)
    const free = freeMemory(reading, metric.state === 'measured' ? metric.value : 'engineRssBytes')
    return free.state === 'measured' ? free.value : null
  }

  #metricOf(reading: Reading): Measured<Metric> {
    const { gpuMemoryIsFixed } = this.#lab.engine.traits
    const found = memoryDomain(reading, gpuMemoryIsFixed)
    if (found.state === 'absent') return absent(`the memory of the models cannot be seen: ${found.reason}`)
    const { metric } = found.value
    const onHost = !metric.startsWith('gpu')
    return measured(onHost && reading.metrics.enginePssBytes.state === 'measured' ? 'enginePssBytes' : metric)
  }
}
