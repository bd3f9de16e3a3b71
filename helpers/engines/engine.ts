import type { Measured } from '../measured.ts'

export type EngineName = 'embedded' | 'llama-server' | 'ollama' | 'vllm' | 'openai'

/** Who answers: for the header, the results and the baseline's name. */
export interface EngineIdentity {
  name: EngineName
  /** As the engine says it; `unknown` where it does not. */
  version: string
  /** `spawned` by us (can be restarted) or `attached` to a URL. */
  origin: 'spawned' | 'attached'
  /** How it runs, for people: `child processes`, `its URL`, `binary /usr/bin/ollama`, `container ollama/ollama:0.17.4`. */
  runsAs: string
  url: string
  /** Full arguments or settings, for people; never a secret. */
  arguments: string[]
  /** What a reader of the numbers should know: a version that this suite has not seen, a cache that grows by design. */
  cautions: string[]
}

/** What differs between engines and decides how they are measured. */
export interface EngineTraits {
  /** In which form it takes a model that we give it; null where it takes none. */
  modelFormat: 'gguf' | 'hugging-face' | null
  /** Under which of the catalogue's names it knows real models. */
  catalogueName: 'ollama' | 'huggingFace' | null
  /** `ignore_eos` is honoured: an output length that is asked for comes. */
  fixedOutput: boolean
  /**
   * Synthetic requests carry a seed each. Not on vLLM: it draws the tokens of seeded requests one request at a time, and
   * its CPU build ends (0.32.0: `CPU Generator does not use offset`) when the prefill of a seeded one is split.
   */
  seeded: boolean
  /** Why an idle model cannot be made to expire (keepAlive in LoadOptions), or null where it can. */
  neverExpires: string | null
  /** Why a model cannot be unloaded and loaded again while it runs, or null where it can. */
  neverUnloads: string | null
  /** Why its GPU memory tells nothing about growth, or null: vLLM takes its share at the start and never gives it back. */
  gpuMemoryIsFixed: string | null
  /** Why its host memory may grow without a leak, or null: llama-server's prompt cache. */
  hostMemoryGrowsByDesign: string | null
  /** Which settings of a load it honours; another one is refused with a CouldNotMeasureError. */
  loadSettings: readonly (keyof LoadSettings)[]
  /** Why it takes no images, or null where it does, with a model that can. */
  seesNoImages: string | null
  /** Why its own prompt times leave out the encoding of images, or null where they hold it, or where it tells no times. */
  imagesOutsidePromptTimes: string | null
}

/** How a model is held in memory, where the engine has a choice; what is left out is the engine's default. */
export interface LoadSettings {
  /** Of keys and values alike. */
  kvCacheType?: 'f16' | 'q8_0' | 'q4_0'
  /** The file's pages are the weights, shared with whoever maps the same file; otherwise they are copied into memory. */
  memoryMap?: boolean
  /** Layers on the GPU; the rest stays on the CPU. */
  gpuLayers?: number
  /** Attention without its whole matrix in memory. llama.cpp refuses a quantised KV cache where it is off. */
  flashAttention?: boolean
  /** What a slot holds of an earlier prompt is used again; otherwise every prompt is worked on from its first token. */
  prefixCache?: boolean
  /** Share of a GPU's memory that the engine takes at its start, 0 to 1. No meaning on a CPU. */
  gpuMemoryShare?: number
  /** GPUs that each layer is split over. */
  tensorParallel?: number
}

/** A model of the engine's own store, or a file that we give it. */
export interface ModelFile {
  /** The name that requests carry and people read: `qwen2.5-0.5b ÷ 16`. */
  name: string
  /** GGUF file or Hugging Face folder on this machine; empty for a model that the engine has itself. */
  path: string
  /** Of the weights, a projector's among them; 0 where that is not known. */
  bytes: number
  /** GGUF file of the part that turns images into tokens; left out for a model of text. */
  projectorPath?: string
}

/** How long an idle model stays loaded. */
export type KeepAlive = 'forever' | { seconds: number }

export interface LoadOptions {
  contextTokens: number
  /** Requests that the engine batches together. */
  slots: number
  /** `forever` unless said; anything else is refused with a CouldNotMeasureError where `traits.neverExpires` says why. */
  keepAlive?: KeepAlive
  settings?: LoadSettings
  signal?: AbortSignal
}

/** Where the requests for one model go. */
export interface CompletionTarget {
  /**
   * `openai`: server-sent events of /v1/chat/completions; `openai-without-done`: the same from a server that never sends
   * [DONE]. `ollama`: lines of JSON of /api/chat. `openai-whole`, `ollama-whole`: the same routes without a stream, one
   * JSON document an answer; no engine's own choice, see wholeAnswers().
   */
  protocol: 'openai' | 'openai-without-done' | 'openai-whole' | 'ollama' | 'ollama-whole'
  origin: string
  chatPath: string
  headers: Record<string, string>
  /** Goes into every request's body: the model's name, and what makes this engine stream usage. */
  body: Record<string, unknown>
}

/**
 * Which process serves a model, and how much it has served. A reload is seen as another instance, as a counter that
 * fell, as a load more in the engine's log, or as a model that is not there. Looking neither loads a model nor keeps it
 * loaded.
 */
export type Residency =
  | {
      state: 'loaded'
      /** Changes when the model's process is another one (pid and start time). */
      instance: Measured<string>
      /** Tokens that the instance has generated since it was loaded. */
      generatedTokens: Measured
      /** Loads of any model that the engine's log tells of, since the engine was started. */
      loads: Measured
    }
  | { state: 'not loaded'; detail: string }

export type ModelStatus = 'unloaded' | 'loading' | 'loaded' | 'failed'

/** What the engine itself has counted since it was started, over all requests: a ledger beside the client's. */
export interface EngineTotals {
  requests: Measured
  promptTokens: Measured
  generatedTokens: Measured
  cachedTokens: Measured
}

/** Load of the engine at this moment. */
export interface EngineQueue {
  running: Measured
  waiting: Measured
  /** Share of the KV cache in use, 0 to 1. */
  kvCacheShare: Measured
}

/** What a spec may ask of any engine. Every method throws a PerfError on failure; what an engine cannot do is absent. */
export interface Engine extends AsyncDisposable {
  readonly identity: EngineIdentity
  readonly traits: EngineTraits
  models(): Promise<{ name: string; status: ModelStatus }[]>
  /**
   * Fetches a real model into the engine's own store, over the network; nothing happens when it is there already. Absent
   * where the engine has no such route; the reason is the command that gets the model.
   */
  pull(modelName: string, options: { signal?: AbortSignal; onProgress(line: string): void }): Promise<Measured<void>>
  /** Loads the model if it is not loaded; resolves with the time that took. */
  load(model: ModelFile, options: LoadOptions): Promise<{ loadMs: number }>
  /** Resolves when the model is really gone: from the engine's list, and its process or memory too. */
  unload(modelName: string): Promise<void>
  /** For a model that was loaded. */
  target(modelName: string): CompletionTarget
  /** Tokens of a text as this model counts them, without special tokens; absent where the engine cannot count. */
  countTokens(modelName: string, text: string): Promise<Measured>
  residency(modelName: string): Promise<Residency>
  /** Process ids to sample (roots of process trees); absent with the reason, for instance when the engine is remote. */
  processRoots(): Promise<Measured<number[]>>
  /**
   * Root of the process tree that serves this model, and it alone where `isShared` is false; absent with the reason, for
   * instance when the model is not loaded or the engine is remote. A server of one model is that model's process.
   */
  modelProcess(modelName: string): Promise<Measured<{ pid: number; isShared: boolean }>>
  queue(): Promise<EngineQueue>
  totals(modelName: string): Promise<EngineTotals>
  /** Forgets cached prefixes; absent with the reason where the engine has no such route. */
  resetPrefixCache(modelName: string): Promise<Measured<void>>
  /** Frees the model's memory and keeps the process; absent with the reason where the engine has no such thing. */
  sleep(modelName: string): Promise<Measured<void>>
  /** Ends {@link sleep}; resolves when the model answers again. */
  wake(modelName: string): Promise<Measured<void>>
  /** The engine's last log lines, newest last; empty where they cannot be had. */
  logTail(): string[]
  /** Resolves, with the last log lines in the error's message, if the engine dies on its own; never otherwise. */
  readonly died: Promise<Error>
  /** A fresh engine of the same kind, with nothing loaded; absent when the engine is not ours to restart. */
  restart(): Promise<Measured<Engine>>
  stop(): Promise<void>
}
