import type { LlamaGrammarEvaluationState, LlamaModel, SequenceEvaluateOptions, Token } from 'node-llama-cpp'
import type { BatchTurns } from './batch-turns.ts'
import type { FinishReason, GenerationRequest, Timings } from './protocol.ts'
import type { Slot, SlotJob } from './slot-pool.ts'
import type { TextStream } from './text-stream.ts'

/** Where a generation's results go. `text` is called once per token, with what may be sent by then. */
export interface GenerationSink {
  /** The request has a slot now; `released` will follow. */
  started(): void
  text(id: number, text: string): void
  done(id: number, result: { finishReason: FinishReason; timings: Timings }): void
  failed(id: number, error: unknown): void
  /** Called in every case when the slot is left, cancelled or failed ones included. */
  released(timings: Timings): void
}

/** One request from its slot to its last token. */
export class Generation implements SlotJob {
  readonly id: number
  readonly tokens: Token[]
  readonly cachePrompt: boolean
  cancelled = false
  readonly #request: GenerationRequest
  readonly #model: LlamaModel
  readonly #grammar: LlamaGrammarEvaluationState | null
  readonly #text: TextStream
  readonly #turns: BatchTurns
  readonly #sink: GenerationSink
  #startedAt = 0
  #firstTokenAt = 0
  #lastTokenAt = 0
  #cached = 0
  #generated = 0
  #evaluated = 0

  constructor(input: {
    id: number
    request: GenerationRequest
    tokens: Token[]
    model: LlamaModel
    /** What the answer must be; it ends when it is that. */
    grammar: LlamaGrammarEvaluationState | null
    text: TextStream
    turns: BatchTurns
    sink: GenerationSink
  }) {
    this.id = input.id
    this.tokens = input.tokens
    this.cachePrompt = input.request.cachePrompt
    this.#request = input.request
    this.#model = input.model
    this.#grammar = input.grammar
    this.#text = input.text
    this.#turns = input.turns
    this.#sink = input.sink
  }

  /** Prompt tokens by how they got into the slot, while the request runs. */
  get progress(): { evaluated: number; cached: number } {
    return { evaluated: this.#evaluated, cached: this.#cached }
  }

  async run(slot: Slot): Promise<void> {
    this.#startedAt = performance.now()
    this.#sink.started()
    let finishReason: FinishReason | undefined
    try {
      const rest = await this.#prefill(slot)
      if (!this.cancelled) finishReason = await this.#generate(slot, rest)
    } catch (error) {
      this.#sink.failed(this.id, error)
    }
    const timings = this.#timings()
    this.#sink.released(timings)
    if (finishReason) this.#sink.done(this.id, { finishReason, timings })
  }

  /**
   * Keeps the prefix that the slot already holds, and evaluates the rest a batch at a time, so that a client that left is
   * noticed between batches. The last batch is left to the caller, since it yields the first token; so at least one
   * token of the prompt is always evaluated.
   */
  async #prefill({ sequence }: Slot): Promise<Token[]> {
    const common = this.cachePrompt ? sequence.compareContextTokens(this.tokens).firstDifferentIndex : 0
    const keep = Math.min(common, this.tokens.length - 1)
    if (keep < sequence.nextTokenIndex) {
      await sequence.eraseContextTokenRanges([{ start: keep, end: sequence.nextTokenIndex }])
    }
    this.#cached = sequence.nextTokenIndex
    let rest = this.tokens.slice(this.#cached)
    const { batchSize } = sequence.context
    while (rest.length > batchSize && !this.cancelled) {
      const batch = rest.slice(0, batchSize)
      await this.#turns.take(() => sequence.evaluateWithoutGeneratingNewTokens(batch))
      rest = rest.slice(batchSize)
      this.#evaluated = this.tokens.length - this.#cached - rest.length
    }
    return rest
  }

  async #generate({ sequence }: Slot, rest: Token[]): Promise<FinishReason | undefined> {
    const { maxTokens, ignoreEos } = this.#request
    const room = sequence.contextSize - this.tokens.length
    const limit = maxTokens < 0 ? room : Math.min(maxTokens, room)
    // Ends of generation are yielded and skipped here: the library refuses a bias against them.
    const tokens = sequence.evaluate(rest, { ...this.#sampling(), yieldEogToken: true })
    try {
      for (;;) {
        const { value: token, done } = await this.#turns.take(() => tokens.next())
        if (done || token === undefined) return 'stop'
        this.#countToken()
        if (this.cancelled) return undefined
        // Under a grammar nothing but an end can follow an answer that is whole.
        const ended = (!ignoreEos || this.#grammar !== null) && this.#model.isEogToken(token)
        const { text, stopped } = ended ? { text: '', stopped: false } : this.#text.push(token)
        const reason = ended || stopped ? 'stop' : this.#generated >= limit ? 'length' : undefined
        this.#sink.text(this.id, reason && !stopped ? text + this.#text.flush() : text)
        if (reason) return reason
      }
    } finally {
      await tokens.return()
    }
  }

  #countToken(): void {
    this.#lastTokenAt = performance.now()
    if (this.#generated === 0) {
      this.#firstTokenAt = this.#lastTokenAt
      this.#evaluated = this.tokens.length - this.#cached
    }
    this.#generated++
  }

  #sampling(): SequenceEvaluateOptions {
    const { temperature, topK, topP, minP, seed } = this.#request
    return {
      temperature,
      topK,
      topP,
      minP,
      seed: seed ?? Math.floor(Math.random() * 0xffff_ffff),
      ...(this.#grammar && { grammarEvaluationState: this.#grammar }),
    }
  }

  #timings(): Timings {
    const promptMs = (this.#firstTokenAt || performance.now()) - this.#startedAt
    const predictedMs = this.#generated > 0 ? Math.max(0.001, this.#lastTokenAt - this.#firstTokenAt) : 0
    const intervals = this.#generated - 1
    return {
      cache_n: this.#cached,
      prompt_n: this.#evaluated,
      prompt_ms: promptMs,
      prompt_per_token_ms: this.#evaluated > 0 ? promptMs / this.#evaluated : 0,
      prompt_per_second: this.#evaluated > 0 ? (this.#evaluated / promptMs) * 1e3 : 0,
      predicted_n: this.#generated,
      predicted_ms: predictedMs,
      predicted_per_token_ms: intervals > 0 ? predictedMs / intervals : 0,
      predicted_per_second: intervals > 0 ? (intervals / predictedMs) * 1e3 : 0,
    }
  }
}
