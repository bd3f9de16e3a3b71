import type { Timings } from './protocol.ts'

/** Counters of one model process since it was loaded, as llama-server's /metrics names them. */
export class ModelMetrics {
  #promptTokens = 0
  #cachedTokens = 0
  #promptMs = 0
  #predictedTokens = 0
  #predictedMs = 0
  #decodes = 0
  #busySlots = 0
  #longestSequence = 0

  /** One batch went through the model, with tokens of so many slots. */
  decoded(slots: number): void {
    this.#decodes++
    this.#busySlots += slots
  }

  /** A request left its slot, finished or cancelled. */
  released(timings: Timings): void {
    this.#promptTokens += timings.prompt_n
    this.#cachedTokens += timings.cache_n
    this.#promptMs += timings.prompt_ms
    this.#predictedTokens += timings.predicted_n
    this.#predictedMs += timings.predicted_ms
    this.#longestSequence = Math.max(this.#longestSequence, timings.cache_n + timings.prompt_n + timings.predicted_n)
  }

  /** Prometheus text. */
  render({ processing, deferred }: { processing: number; deferred: number }): string {
    const rows: [name: string, type: 'counter' | 'gauge', help: string, value: number][] = [
      ['prompt_tokens_total', 'counter', 'Prompt tokens evaluated, without cached ones', this.#promptTokens],
      ['prompt_tokens_cached_total', 'counter', 'Prompt tokens reused from the cache', this.#cachedTokens],
      ['prompt_seconds_total', 'counter', 'Time spent on prompts', this.#promptMs / 1e3],
      ['tokens_predicted_total', 'counter', 'Tokens generated', this.#predictedTokens],
      ['tokens_predicted_seconds_total', 'counter', 'Time spent on generation', this.#predictedMs / 1e3],
      ['n_decode_total', 'counter', 'Batches that went through the model', this.#decodes],
      ['n_tokens_max', 'counter', 'Longest sequence, prompt and generation', this.#longestSequence],
      ['prompt_tokens_seconds', 'gauge', 'Average prompt tokens/s', perSecond(this.#promptTokens, this.#promptMs)],
      ['predicted_tokens_seconds', 'gauge', 'Average tokens/s', perSecond(this.#predictedTokens, this.#predictedMs)],
      ['requests_processing', 'gauge', 'Requests that have a slot', processing],
      ['requests_deferred', 'gauge', 'Requests that wait for a slot', deferred],
      ['n_busy_slots_per_decode', 'gauge', 'Average slots in a batch', this.#busySlots / Math.max(1, this.#decodes)],
    ]
    return rows
      .map(([name, type, help, value]) =>
        [`# HELP llamacpp:${name} ${help}`, `# TYPE llamacpp:${name} ${type}`, `llamacpp:${name} ${value}`].join('\n'),
      )
      .join('\n')
      .concat('\n')
  }
}

const perSecond = (tokens: number, ms: number): number => (ms > 0 ? (tokens / ms) * 1e3 : 0)
