import type { LoadSettings } from '../engine.ts'

/** Messages between the engine's server process and the process of one model, over Node's IPC channel. */

/** What a model process is started with: its only argument, as JSON. */
export interface ModelProcessOptions {
  name: string
  path: string
  /** Of each slot, as in llama-server's `n_ctx` of a slot. */
  contextTokens: number
  slots: number
  threads: number
  /** False keeps every layer on the CPU. */
  gpu: 'auto' | false
  settings: { [Name in keyof LoadSettings]: LoadSettings[Name] | undefined }
}

export type Prompt =
  | { kind: 'text'; text: string }
  | { kind: 'tokens'; tokens: number[] }
  | { kind: 'chat'; messages: ChatMessage[]; addGenerationPrompt: boolean }

export interface ChatMessage {
  role: string
  content: string
}

export interface GenerationRequest {
  prompt: Prompt
  /** Tokens to generate at most; Infinity does not survive JSON, so -1 stands for "until the context is full". */
  maxTokens: number
  temperature: number
  topK: number
  topP: number
  minP: number
  /** Of the sampler; null for another one every time. */
  seed: number | null
  stop: string[]
  ignoreEos: boolean
  /** What the answer must be; it ends when it is that. Null where anything is allowed. */
  form: AnswerForm | null
  /** Reuse what the slot still holds of a common prefix. */
  cachePrompt: boolean
}

/** A JSON schema, or a grammar in llama.cpp's GBNF with the rule `root`. */
export type AnswerForm = { kind: 'json schema'; schema: Record<string, unknown> } | { kind: 'grammar'; grammar: string }

export type Question =
  | { kind: 'tokenize'; text: string; addSpecial: boolean; parseSpecial: boolean; withPieces: boolean }
  | { kind: 'detokenize'; tokens: number[] }
  | { kind: 'apply template'; messages: ChatMessage[]; addGenerationPrompt: boolean }
  | { kind: 'slots' }
  | { kind: 'metrics' }

/** A token with its text; U+FFFD where its bytes are no text on their own. */
export interface TokenPiece {
  id: number
  piece: string
}

/** Answers by the kind of the question. */
export interface Answers {
  tokenize: { tokens: number[] | TokenPiece[] }
  detokenize: { content: string }
  'apply template': { prompt: string }
  slots: SlotState[]
  /** Prometheus text. */
  metrics: string
}

export interface SlotState {
  id: number
  n_ctx: number
  speculative: false
  is_processing: boolean
  n_prompt_tokens?: number
  n_prompt_tokens_processed?: number
  n_prompt_tokens_cache?: number
}

/** What the model's file says of itself; `meta` in llama-server's list of models. */
export interface ModelMeta {
  vocab_type: number
  n_vocab: number
  n_ctx: number
  n_ctx_train: number
  n_embd: number
  size: number
}

export interface ModelFacts {
  meta: ModelMeta
  chatTemplate: string
  bosToken: string
  eosToken: string
}

/** The body of llama-server's errors, without the `error` around it. */
export interface ErrorDetail {
  code: number
  message: string
  type: string
  n_prompt_tokens?: number
  n_ctx?: number
}

/** Milliseconds and tokens of one request, as llama-server reports them. */
export interface Timings {
  /** Prompt tokens that were reused. */
  cache_n: number
  /** Prompt tokens that were evaluated. */
  prompt_n: number
  prompt_ms: number
  prompt_per_token_ms: number
  prompt_per_second: number
  predicted_n: number
  /** From the first token to the last, so rates count one token less. */
  predicted_ms: number
  predicted_per_token_ms: number
  predicted_per_second: number
}

export type FinishReason = 'stop' | 'length'

export type ToModel =
  | { type: 'generate'; id: number; request: GenerationRequest }
  | { type: 'cancel'; id: number }
  | { type: 'ask'; id: number; question: Question }

export type FromModel =
  | { type: 'ready'; facts: ModelFacts }
  /** Tokens of one turn of the event loop: request, text, request, text, … A token may have no text of its own. */
  | { type: 'tokens'; pieces: (number | string)[] }
  | { type: 'done'; id: number; finishReason: FinishReason; timings: Timings }
  | { type: 'refused'; id: number; error: ErrorDetail }
  | { type: 'answer'; id: number; value: Answers[keyof Answers] }
