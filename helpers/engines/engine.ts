import type { Measured } from '../measured.ts'

/** Who answers: for the header, the results and the baseline's name. */
export interface EngineIdentity {
  /** `embedded`, `llama-server`, … */
  name: string
  version: string
  /** `spawned` by us (can be restarted) or `attached` to a URL. */
  origin: 'spawned' | 'attached'
  url: string
  /** Full arguments or settings, for people. */
  arguments: string[]
}

export interface ModelFile {
  /** The name that requests carry and people read: `qwen2.5-0.5b ÷ 16`. */
  name: string
  /** GGUF file, for an engine that we give files to. */
  path: string
  bytes: number
}

export interface LoadOptions {
  contextTokens: number
  /** Requests that the engine batches together. */
  slots: number
  signal?: AbortSignal
}

/** Where the requests for one model go. */
export interface CompletionTarget {
  origin: string
  chatPath: string
  headers: Record<string, string>
  /** Goes into every request's body: the model's name, and what makes this engine stream usage. */
  body: Record<string, unknown>
}

/**
 * Which process serves a model, and how much it has served. A reload is seen as another instance, as a counter that
 * fell, or as a model that is not there.
 */
export type Residency =
  | {
      state: 'loaded'
      /** Changes when the model's process is another one (pid and start time). */
      instance: Measured<string>
      /** Tokens that the instance has generated since it was loaded. */
      generatedTokens: Measured
    }
  | { state: 'not loaded'; detail: string }

export type ModelStatus = 'unloaded' | 'loading' | 'loaded' | 'failed'

/** What a spec may ask of any engine. Every method throws a PerfError on failure. */
export interface Engine extends AsyncDisposable {
  readonly identity: EngineIdentity
  models(): Promise<{ name: string; status: ModelStatus }[]>
  /** Loads the model if it is not loaded; resolves with the time that took. */
  load(model: ModelFile, options: LoadOptions): Promise<{ loadMs: number }>
  /** Resolves when the model is really gone. */
  unload(modelName: string): Promise<void>
  target(modelName: string): CompletionTarget
  /** Tokens of a text as this model counts them, without special tokens; absent where the engine cannot count. */
  countTokens(modelName: string, text: string): Promise<Measured>
  residency(modelName: string): Promise<Residency>
  /** Process ids to sample (roots of process trees); absent with the reason, for instance when the engine is remote. */
  processRoots(): Promise<Measured<number[]>>
  /** Requests running and waiting, from the engine's own metrics. */
  queue(): Promise<{ running: Measured; waiting: Measured }>
  /** The engine's last log lines, newest last; empty where they cannot be had. */
  logTail(): string[]
  /** Resolves, with the last log lines in the error's message, if the engine dies on its own; never otherwise. */
  readonly died: Promise<Error>
  /** A fresh engine of the same kind, with nothing loaded; absent when the engine is not ours to restart. */
  restart(): Promise<Measured<Engine>>
  stop(): Promise<void>
}
