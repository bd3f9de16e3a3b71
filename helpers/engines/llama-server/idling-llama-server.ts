import { CouldNotMeasureError } from '../../errors.ts'
import { absent, measured } from '../../measured.ts'
import type { LoadOptions, ModelFile, Residency } from '../engine.ts'
import { LlamaServerEngine, type LlamaServerInput } from './llama-server-engine.ts'
import { readAnswer, serverProps } from './routes.ts'

/** GET /props. Neither it nor /health, /v1/models and /metrics wake a server that sleeps or keep it from sleeping. */
const sleepProps = serverProps.required({ default_generation_settings: true })

/**
 * A server with a single model that may unload it when it is idle (--sleep-idle-seconds) and loads it again with the
 * next request. Its process lives on and its counters go on counting, so the log alone tells of a reload.
 */
export class IdlingLlamaServer extends LlamaServerEngine {
  readonly #countLoads: () => number

  /** `countLoads`: the loads that its log has told of so far. */
  constructor(input: LlamaServerInput & { countLoads(): number }) {
    super(input)
    this.#countLoads = input.countLoads
  }

  override async load(model: ModelFile, options: LoadOptions): Promise<{ loadMs: number }> {
    const startedAt = performance.now()
    await super.load(model, options)
    const { is_sleeping: asleep, default_generation_settings: granted } = await this.#props(options.signal)
    if (granted.n_ctx < options.contextTokens) {
      throw new CouldNotMeasureError(
        `llama-server gives a request ${granted.n_ctx} tokens of context, and this workload needs ` +
          `${options.contextTokens}: ${model.name} was made for no more, or -c or -np among PERF_ENGINE_ARGS says so.`,
      )
    }
    if (asleep) await this.client.postJson('/tokenize', { content: 'wake' }, options.signal)
    return { loadMs: performance.now() - startedAt }
  }

  override async residency(modelName: string): Promise<Residency> {
    const residency = await super.residency(modelName)
    if (residency.state === 'not loaded') return residency
    const loads = this.#countLoads()
    return { ...residency, loads: loads === 0 ? absent('its log tells of no load') : measured(loads) }
  }

  async #props(signal?: AbortSignal) {
    return readAnswer(sleepProps, await this.client.getJson('/props', signal), `${this.client.url}/props`)
  }
}
