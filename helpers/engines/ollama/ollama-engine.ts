import { CouldNotMeasureError } from '../../errors.ts'
import { absent, type Measured, measured } from '../../measured.ts'
import type {
  CompletionTarget,
  Engine,
  EngineIdentity,
  EngineQueue,
  EngineTotals,
  EngineTraits,
  LoadOptions,
  ModelFile,
  ModelStatus,
  Residency,
} from '../engine.ts'
import { EngineAnswerError } from '../http-client.ts'
import { checkLoad } from '../load-check.ts'
import { creationFailure, loadFailure, missingModel } from './failures.ts'
import { hasLlamaServers, versionCaution } from './known-versions.ts'
import { ollamaOptions, settingsOfLoad } from './load-settings.ts'
import { ModelProcess } from './model-process.ts'
import { ModelStore } from './model-store.ts'
import { OllamaApi } from './ollama-api.ts'
import type { OllamaServer } from './ollama-server.ts'
import { pullModel } from './pull-model.ts'
import { parallelOf, promptCacheGrowth, settingsOf } from './server-settings.ts'

/** Ollama itself gives up a load that stands still for five minutes (OLLAMA_LOAD_TIMEOUT). */
const LOAD_LIMIT_MS = 60 * 60_000
const NO_COUNTERS = absent('Ollama counts nothing over all requests: it has no metrics')

const NO_LOG = absent('its log cannot be had; name its container (PERF_ENGINE_CONTAINER)')

/** A model that this object has loaded. */
interface LoadedHere {
  ollamaName: string
  contextTokens: number
  slots: number
  /** As Ollama takes it: seconds, -1 for ever. */
  keepAlive: number
  /** Go with every request: others would load the model again. */
  loadOptions: Record<string, number | boolean>
}

export interface OllamaEngineInput {
  server: OllamaServer
  /** Starts the server for another number of parallel requests; null where it is not ours. */
  launch: ((parallel: number, signal?: AbortSignal) => Promise<OllamaServer>) | null
  /** A fresh engine, after this one was stopped. */
  restart(): Promise<Measured<Engine>>
}

/**
 * Ollama, by its own API: the one through which context and keep-alive can be set. A model's process is a child of the
 * server, `ollama runner` or since 0.30 `llama-server`.
 */
export class OllamaEngine implements Engine {
  readonly traits: EngineTraits
  readonly died: Promise<Error>
  readonly #input: OllamaEngineInput
  readonly #api = new OllamaApi(() => this.#server)
  readonly #store = new ModelStore(() => this.#server.client)
  readonly #process = new ModelProcess(() => this.#server, this.#api, this.#store)
  /** What the tokenizer of a model adds to a raw prompt. */
  readonly #special = new Map<string, number>()
  /** By the caller's name. */
  readonly #loaded = new Map<string, LoadedHere>()
  readonly #cautions: Set<string>
  readonly #serverDied: (death: Error) => void
  #server: OllamaServer
  /** Ends when no load is under way: a load may start the server again. */
  #lastLoad: Promise<unknown> = Promise.resolve()

  constructor(input: OllamaEngineInput) {
    const { server } = input
    this.#input = input
    this.#server = server
    const { promise, resolve } = Promise.withResolvers<Error>()
    this.died = promise
    this.#serverDied = resolve
    void server.host.died.then(resolve)
    const growth = promptCacheGrowth(server.version, server.environment)
    this.#cautions = new Set([versionCaution(server.version), growth].filter(caution => caution !== null))
    this.traits = {
      modelFormat: 'gguf',
      catalogueName: 'ollama',
      fixedOutput: false,
      seeded: true,
      neverExpires: null,
      neverUnloads: null,
      gpuMemoryIsFixed: null,
      hostMemoryGrowsByDesign: growth,
      loadSettings: settingsOfLoad(server.version),
      seesNoImages: null,
      imagesOutsidePromptTimes: hasLlamaServers(server.version)
        ? null
        : 'the runner of Ollama before 0.30 encodes an image before its prompt times begin',
    }
  }

  /** Of the server as it was started last. */
  get identity(): EngineIdentity {
    const { version, client, host, environment } = this.#server
    return {
      name: 'ollama',
      version,
      origin: host.origin,
      runsAs: host.runsAs,
      url: client.url,
      arguments: [...host.commandLine.slice(1), ...settingsOf(environment)],
      cautions: [...this.#cautions],
    }
  }

  logTail(): string[] {
    return this.#server.host.logTail()
  }

  /** Under the names that load() was given, else under Ollama's, with their tags. */
  async models(): Promise<{ name: string; status: ModelStatus }[]> {
    const [names, loaded] = await this.#api.ask(() => Promise.all([this.#store.list(), this.#api.loaded()]))
    return names.map(name => ({
      name: this.#store.callersName(name),
      status: loaded.some(model => model.name === name) ? 'loaded' : 'unloaded',
    }))
  }

  async pull(
    modelName: string,
    options: { signal?: AbortSignal; onProgress(line: string): void },
  ): Promise<Measured<void>> {
    if ((await this.#api.ask(() => this.#store.find(modelName))) === undefined) {
      await this.#api.ask(() => pullModel(this.#server.client, modelName, options))
    }
    return measured(undefined)
  }

  /**
   * A model with a path is created from its file first. `loadMs` is the load alone. On a server that we started, other
   * slots than it was started for start it again: see {@link startOllama}.
   */
  async load(model: ModelFile, options: LoadOptions): Promise<{ loadMs: number }> {
    const load = this.#lastLoad.then(() => this.#loadNow(model, options))
    this.#lastLoad = load.catch(() => {})
    return load
  }

  async unload(modelName: string): Promise<void> {
    this.#loaded.delete(modelName)
    const ollamaName = await this.#api.ask(() => this.#store.find(modelName))
    if (ollamaName !== undefined) await this.#process.unload(ollamaName)
  }

  /** @throws CouldNotMeasureError for a model that was not loaded by this object: its context decides whether it is loaded again. */
  target(modelName: string): CompletionTarget {
    const loaded = this.#loaded.get(modelName)
    if (!loaded) throw new CouldNotMeasureError(`${modelName} was not loaded yet; requests go to a loaded model only.`)
    const { client } = this.#server
    return {
      protocol: 'ollama',
      origin: client.url,
      chatPath: '/api/chat',
      headers: { ...client.headers },
      body: {
        model: loaded.ollamaName,
        keep_alive: loaded.keepAlive,
        options: loaded.loadOptions,
      },
    }
  }

  /**
   * By a raw prompt with one token of output, as Ollama has no route for it: what it says of a prompt includes what came
   * from the cache (seen on 0.17.4 and 0.33.0). The model stays loaded as it is; its keep-alive begins anew.
   */
  async countTokens(modelName: string, text: string): Promise<Measured> {
    const loaded = this.#loaded.get(modelName)
    if (!loaded) return absent(`Ollama counts tokens only with a loaded model, and ${modelName} is not`)
    // An empty prompt is a load.
    if (text === '') return measured(0)
    const { ollamaName, loadOptions, keepAlive } = loaded
    try {
      const { prompt_eval_count } = await this.#api.generate({
        model: ollamaName,
        prompt: text,
        raw: true,
        truncate: false,
        keep_alive: keepAlive,
        options: { ...loadOptions, num_predict: 1, temperature: 0 },
      })
      return measured(prompt_eval_count - (await this.#specialTokens(ollamaName)))
    } catch (error) {
      if (!(error instanceof EngineAnswerError) || error.status === 0) throw error
      return absent(error.message)
    }
  }

  async residency(modelName: string): Promise<Residency> {
    const ollamaName = await this.#api.ask(() => this.#store.find(modelName))
    if (ollamaName === undefined || !(await this.#process.entry(ollamaName))) {
      return { state: 'not loaded', detail: `${this.#server.client.url}/api/ps does not list it` }
    }
    const instance = await this.#process.instance(ollamaName)
    if (instance === null) return { state: 'not loaded', detail: '/api/ps lists it, but its process is gone' }
    const { loads } = this.#server
    return {
      state: 'loaded',
      instance,
      generatedTokens: NO_COUNTERS,
      loads: loads === null ? NO_LOG : measured(loads.value),
    }
  }

  async processRoots(): Promise<Measured<number[]>> {
    const root = await this.#server.host.rootPid()
    return root.state === 'absent' ? root : measured([root.value])
  }

  async modelProcess(modelName: string): Promise<Measured<{ pid: number; isShared: boolean }>> {
    const residency = await this.residency(modelName)
    if (residency.state === 'not loaded') return absent(residency.detail)
    if (residency.instance.state === 'absent') return residency.instance
    return measured({ pid: Number.parseInt(residency.instance.value, 10), isShared: false })
  }

  async queue(): Promise<EngineQueue> {
    const none = absent('Ollama does not tell how many requests run or wait')
    return { running: none, waiting: none, kvCacheShare: absent('Ollama does not tell how full its KV cache is') }
  }

  async totals(): Promise<EngineTotals> {
    return {
      requests: NO_COUNTERS,
      promptTokens: NO_COUNTERS,
      generatedTokens: NO_COUNTERS,
      cachedTokens: NO_COUNTERS,
    }
  }

  async resetPrefixCache(): Promise<Measured<void>> {
    return absent('Ollama has no route to forget cached prefixes; unload and load do it')
  }

  async sleep(): Promise<Measured<void>> {
    return absent('Ollama cannot free the memory of a model and keep its process; it unloads')
  }

  async wake(): Promise<Measured<void>> {
    return absent('Ollama cannot be sent to sleep')
  }

  async restart(): Promise<Measured<Engine>> {
    if (this.#input.launch !== null) await this.stop()
    return this.#input.restart()
  }

  /** Removes the models that were created; a server that is not ours has its own keep-alive again. */
  async stop(): Promise<void> {
    const { host } = this.#server
    try {
      if (host.death === undefined) await this.#leaveAsFound()
    } catch (error) {
      // A server that is gone has nothing left to be put right.
      if (!(error instanceof EngineAnswerError) || error.status !== 0) throw error
    } finally {
      await host.stop()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #loadNow(model: ModelFile, options: LoadOptions): Promise<{ loadMs: number }> {
    const { contextTokens, slots, keepAlive = 'forever', settings = {}, signal } = options
    checkLoad(this, model, options)
    signal?.throwIfAborted()
    await this.#takeSlots(model.name, slots, signal)
    const ollamaName = await this.#api
      .ask(() => this.#store.have(model, signal))
      .catch(error => {
        signal?.throwIfAborted()
        throw model.path === '' ? error : creationFailure(model.name, error, this.logTail())
      })
    const seconds = keepAlive === 'forever' ? -1 : keepAlive.seconds
    const loadOptions = { num_ctx: contextTokens, ...ollamaOptions(settings) }
    const loaded = { ollamaName, contextTokens, slots, keepAlive: seconds, loadOptions }
    const startedAt = performance.now()
    await this.#preload(model.name, loaded, signal)
    const loadMs = performance.now() - startedAt
    this.#loaded.set(model.name, loaded)
    await this.#check(model.name, loaded)
    return { loadMs }
  }

  async #specialTokens(ollamaName: string): Promise<number> {
    const known = this.#special.get(ollamaName)
    if (known !== undefined) return known
    const { model_info: info } = await this.#api.ask(() => this.#store.show(ollamaName))
    const tokens = specialTokens(info)
    this.#special.set(ollamaName, tokens)
    return tokens
  }

  /** For a model that is loaded so already it only sets the time that it stays. */
  async #preload(name: string, loaded: LoadedHere, signal?: AbortSignal): Promise<void> {
    const { ollamaName, loadOptions, keepAlive } = loaded
    const body = { model: ollamaName, keep_alive: keepAlive, options: loadOptions }
    try {
      await this.#api.generate(body, { signal, timeoutMs: LOAD_LIMIT_MS })
    } catch (error) {
      if (error instanceof EngineAnswerError && error.status === 404) {
        throw missingModel(this.#server.client.url, name, await this.#store.list())
      }
      throw loadFailure(name, error, this.logTail())
    }
  }

  async #check(name: string, { ollamaName, contextTokens, slots }: LoadedHere): Promise<void> {
    const { client, version, environment } = this.#server
    const context = (await this.#process.entry(ollamaName))?.context_length
    if (context !== undefined && context < contextTokens) {
      throw new CouldNotMeasureError(
        `Ollama gives a request to ${name} ${context} tokens of context, as the model has no more; this workload ` +
          `needs ${contextTokens}. Choose shorter prompts or another model.`,
      )
    }
    const parallel = parallelOf(environment)
    if (parallel.state === 'measured' && parallel.value < slots) {
      this.#cautions.add(
        `Ollama at ${client.url} answers ${parallel.value} of ${slots} requests at a time, the others wait: ` +
          `start it with OLLAMA_NUM_PARALLEL=${slots} to measure them together`,
      )
    }
    const { template } = await this.#api.ask(() => this.#store.show(ollamaName))
    if (template === '{{ .Prompt }}' && !hasLlamaServers(version)) {
      this.#cautions.add(`Ollama did not recognise the chat template of ${name}: messages are sent without one`)
    }
  }

  /** Starts a server of ours again for other slots, with the other models that it had loaded. */
  async #takeSlots(name: string, slots: number, signal?: AbortSignal): Promise<void> {
    const { launch } = this.#input
    const parallel = parallelOf(this.#server.environment)
    if (launch === null || parallel.state === 'absent') return
    const listed = await this.#api.loaded()
    const others = [...this.#loaded].filter(
      ([other, { ollamaName }]) => other !== name && listed.some(model => model.name === ollamaName),
    )
    const wanted = others.length === 0 ? slots : Math.max(slots, parallel.value)
    if (wanted === parallel.value) return
    await this.#server.host.stop()
    this.#server = await launch(wanted, signal)
    void this.#server.host.died.then(this.#serverDied)
    for (const [other, loaded] of others) await this.#preload(other, loaded, signal)
  }

  async #leaveAsFound(): Promise<void> {
    const ours = this.#input.launch !== null
    for (const [name, { ollamaName, loadOptions }] of ours ? [] : this.#loaded) {
      if (this.#store.isCreated(ollamaName)) await this.unload(name)
      else if ((await this.#process.entry(ollamaName)) !== undefined) {
        await this.#api.generate({ model: ollamaName, options: loadOptions })
      }
    }
    this.#loaded.clear()
    await this.#store.removeCreated()
  }
}

/** What Ollama's tokenizer adds to a raw prompt, as the model's metadata says; where it does not, by the tokenizer's kind. */
function specialTokens(info: Record<string, unknown>): number {
  const addsBos = info['tokenizer.ggml.add_bos_token'] ?? info['tokenizer.ggml.model'] === 'llama'
  return Number(addsBos === true) + Number(info['tokenizer.ggml.add_eos_token'] === true)
}
