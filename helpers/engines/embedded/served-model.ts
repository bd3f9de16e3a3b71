import {
  type BatchItem,
  type GbnfJsonConstSchema,
  getLlama,
  type LlamaContext,
  type LlamaContextOptions,
  LlamaGrammar,
  LlamaGrammarEvaluationState,
  LlamaJsonSchemaGrammar,
  LlamaLogLevel,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp'
import type { LoadSettings } from '../engine.ts'
import { BatchTurns } from './batch-turns.ts'
import { chatMlTemplate, chatPrompt } from './chat-prompt.ts'
import { Generation, type GenerationSink } from './generation.ts'
import { ModelMetrics } from './model-metrics.ts'
import type {
  AnswerForm,
  Answers,
  ErrorDetail,
  GenerationRequest,
  ModelFacts,
  ModelProcessOptions,
  Prompt,
  Question,
  SlotState,
  TokenPiece,
} from './protocol.ts'
import { SlotPool } from './slot-pool.ts'
import { SteadyHeap } from './steady-heap.ts'
import { TextStream } from './text-stream.ts'

/** llama.cpp's default for tokens evaluated together. */
const batchTokens = 512

/** What a request leaves to the garbage collector: the library's sampler, with one candidate for each token there is. */
const samplerBytes = (vocabulary: number): number => 65_536 + 12 * vocabulary

/** A model with its context, its slots and its counters. */
export class ServedModel {
  readonly facts: ModelFacts
  readonly #model: LlamaModel
  readonly #context: LlamaContext
  readonly #pool: SlotPool
  readonly #metrics: ModelMetrics
  readonly #turns: BatchTurns
  /** Where it is false no request has what an earlier one left, whatever it asks for. */
  readonly #prefixCache: boolean
  readonly #heap = new SteadyHeap(32 * 2 ** 20)
  readonly #renderChat: ReturnType<typeof chatPrompt>
  /** A token with a text of its own; in front of others it keeps the tokenizer from dropping their leading space. */
  readonly #anchor: Token[]

  private constructor(
    model: LlamaModel,
    context: LlamaContext,
    metrics: ModelMetrics,
    turns: BatchTurns,
    prefixCache: boolean,
  ) {
    this.#prefixCache = prefixCache
    this.#model = model
    this.#context = context
    this.#metrics = metrics
    this.#turns = turns
    this.#pool = new SlotPool(context)
    this.facts = factsOf(model, context)
    this.#renderChat = chatPrompt(this.facts.chatTemplate, this.facts)
    this.#anchor = model.tokenize('a').slice(-1)
  }

  static async load(options: ModelProcessOptions): Promise<ServedModel> {
    const llama = await getLlama({
      gpu: options.gpu,
      build: 'never',
      skipDownload: true,
      maxThreads: options.threads,
      logLevel: LlamaLogLevel.warn,
      logger: (level, message) => process.stderr.write(`${level}: ${message.trimEnd()}\n`),
    })
    const { kvCacheType, memoryMap, gpuLayers, flashAttention, prefixCache = true } = options.settings
    const model = await llama.loadModel({
      modelPath: options.path,
      ...(memoryMap !== undefined && { useMmap: memoryMap }),
      ...(gpuLayers !== undefined && { gpuLayers }),
    })
    const metrics = new ModelMetrics()
    const turns = new BatchTurns()
    const context = await model.createContext({
      contextSize: options.contextTokens,
      sequences: options.slots,
      batchSize: batchTokens,
      threads: options.threads,
      ...(kvCacheType !== undefined && kvCache[kvCacheType]),
      ...(flashAttention !== undefined && { flashAttention }),
      batching: {
        itemPrioritizationStrategy: ({ items, size }) => {
          const batch = generationFirst(items, size)
          metrics.decoded(batch.length)
          turns.started(batch.filter(({ item, processAmount }) => processAmount === item.tokens.length).length)
          return batch
        },
      },
    })
    return new ServedModel(model, context, metrics, turns, prefixCache)
  }

  /** Starts or queues a generation; returns why not, if the request cannot be served. */
  generate(id: number, asked: GenerationRequest, sink: GenerationSink): ErrorDetail | undefined {
    const request = { ...asked, cachePrompt: asked.cachePrompt && this.#prefixCache }
    const tokens = this.#promptTokens(request.prompt)
    const refused = this.#refusal(tokens)
    if (refused) return refused
    const grammar = this.#grammarOf(request.form)
    if (grammar instanceof Error) return invalid(grammar.message)
    const text = new TextStream(
      pending => this.#model.detokenize(pending as Token[], false, this.#anchor),
      request.form?.kind === 'json schema' ? [...request.stop, endOfJson] : request.stop,
    )
    const counted: GenerationSink = {
      ...sink,
      started: () => this.#heap.enter(),
      released: timings => {
        this.#metrics.released(timings)
        this.#heap.leave(samplerBytes(this.facts.meta.n_vocab))
        sink.released(timings)
      },
    }
    this.#pool.submit(
      new Generation({ id, request, tokens, model: this.#model, grammar, turns: this.#turns, text, sink: counted }),
    )
    return undefined
  }

  cancel(id: number): void {
    this.#pool.cancel(id)
  }

  answer(question: Question): Answers[keyof Answers] {
    switch (question.kind) {
      case 'tokenize': {
        const tokens = this.#tokenize(question.text, question)
        return { tokens: question.withPieces ? tokens.map(token => this.#piece(token)) : tokens }
      }
      case 'detokenize':
        return { content: this.#model.detokenize(question.tokens as Token[], true, this.#anchor) }
      case 'apply template':
        return { prompt: this.#renderChat(question.messages, question.addGenerationPrompt) }
      case 'slots':
        return this.#slots()
      case 'metrics':
        return this.#metrics.render(this.#pool)
    }
  }

  #promptTokens(prompt: Prompt): Token[] {
    switch (prompt.kind) {
      case 'tokens':
        return prompt.tokens as Token[]
      case 'text':
        return this.#tokenize(prompt.text, { addSpecial: true, parseSpecial: true })
      case 'chat':
        return this.#tokenize(this.#renderChat(prompt.messages, prompt.addGenerationPrompt), {
          addSpecial: true,
          parseSpecial: true,
        })
    }
  }

  #tokenize(text: string, { addSpecial, parseSpecial }: { addSpecial: boolean; parseSpecial: boolean }): Token[] {
    const tokens = this.#model.tokenize(text, parseSpecial)
    const { bos, shouldPrependBosToken } = this.#model.tokens
    // A chat template may have written it already; two of them spoil the answer.
    const prepend = addSpecial && shouldPrependBosToken && bos !== null && tokens[0] !== bos
    return prepend ? [bos, ...tokens] : tokens
  }

  #refusal(tokens: Token[]): ErrorDetail | undefined {
    const vocabulary = this.facts.meta.n_vocab
    if (tokens.length === 0) return invalid('the prompt is empty')
    if (tokens.some(token => !Number.isInteger(token) || token < 0 || token >= vocabulary)) {
      return invalid(`the prompt holds a token outside the vocabulary of ${vocabulary}`)
    }
    const { contextSize } = this.#context
    if (tokens.length < contextSize) return undefined
    return {
      code: 400,
      message: `request (${tokens.length} tokens) exceeds the available context size (${contextSize} tokens), try increasing it`,
      type: 'exceed_context_size_error',
      n_prompt_tokens: tokens.length,
      n_ctx: contextSize,
    }
  }

  /** A state of its own for every answer; an error for a grammar that is none. */
  #grammarOf(form: AnswerForm | null): LlamaGrammarEvaluationState | Error | null {
    if (form === null) return null
    const { llama } = this.#model
    try {
      // The constructors, since what createGrammar() makes comes a turn later, when the request may be cancelled. A schema
      // is of any of the kinds that answer-form.ts lets pass; the library's type for all of them fits none.
      const grammar =
        form.kind === 'grammar'
          ? new LlamaGrammar(llama, { grammar: form.grammar })
          : new LlamaJsonSchemaGrammar(llama, form.schema as GbnfJsonConstSchema)
      return new LlamaGrammarEvaluationState({ model: this.#model, grammar })
    } catch (error) {
      return new Error(`Failed to initialize samplers: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #piece(token: Token): TokenPiece {
    return { id: token, piece: this.#model.detokenize([token], true, this.#anchor) }
  }

  #slots(): SlotState[] {
    return this.#pool.slots.map(({ id, job }) => {
      const state = { id, n_ctx: this.#context.contextSize, speculative: false as const }
      if (!(job instanceof Generation)) return { ...state, is_processing: false }
      return {
        ...state,
        is_processing: true,
        n_prompt_tokens: job.tokens.length,
        n_prompt_tokens_processed: job.progress.evaluated,
        n_prompt_tokens_cache: job.progress.cached,
      }
    })
  }
}

/** The library's grammar of a JSON schema goes on with these, because models are bad at ending by themselves. */
const endOfJson = '\n\n\n\n'

/** Of keys and values alike; quantised values take flash attention. */
const kvCache = {
  f16: { experimentalKvCacheKeyType: 'F16', experimentalKvCacheValueType: 'F16' },
  q8_0: { experimentalKvCacheKeyType: 'Q8_0', experimentalKvCacheValueType: 'Q8_0', flashAttention: true },
  q4_0: { experimentalKvCacheKeyType: 'Q4_0', experimentalKvCacheValueType: 'Q4_0', flashAttention: true },
} as const satisfies Record<NonNullable<LoadSettings['kvCacheType']>, Partial<LlamaContextOptions>>

const invalid = (message: string): ErrorDetail => ({ code: 400, message, type: 'invalid_request_error' })

/** As llama-server fills a batch: first the slots that generate, then prompts in the order they came. */
function generationFirst(items: readonly BatchItem[], size: number): { item: BatchItem; processAmount: number }[] {
  let room = size
  const batch: { item: BatchItem; processAmount: number }[] = []
  const take = (item: BatchItem): void => {
    const processAmount = Math.min(item.tokens.length, room)
    if (processAmount > 0) batch.push({ item, processAmount })
    room -= processAmount
  }
  for (const item of items) if (item.tokens.length === 1) take(item)
  for (const item of items) if (item.tokens.length > 1) take(item)
  return batch
}

function factsOf(model: LlamaModel, context: LlamaContext): ModelFacts {
  const { metadata } = model.fileInfo
  let vocabulary = 0
  for (const _ of model.iterateAllTokens()) vocabulary++
  return {
    meta: {
      vocab_type: vocabularyTypes.indexOf(model.vocabularyType),
      n_vocab: vocabulary,
      n_ctx: context.contextSize,
      n_ctx_train: model.trainContextSize,
      n_embd: model.embeddingVectorSize,
      size: model.size,
    },
    chatTemplate: metadata.tokenizer?.chat_template ?? chatMlTemplate,
    bosToken: model.tokens.bosString ?? '',
    eosToken: model.tokens.eosString ?? '',
  }
}

/** llama.cpp's numbers for them. */
const vocabularyTypes = ['none', 'spm', 'bpe', 'wpm', 'ugm', 'rwkv', 'plamo2']
