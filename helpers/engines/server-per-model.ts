import { CouldNotMeasureError } from '../errors.ts'
import { absent, type Measured, measured } from '../measured.ts'
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
} from './engine.ts'
import { checkLoad, loadKey } from './load-check.ts'

/** A server that runs and has its model loaded. */
export interface ModelServer {
  /** What it serves, alone; stop() ends the server. */
  engine: Engine
  /** From the start of its program until it was ready. */
  startMs: number
}

/**
 * Starts a server for one model.
 *
 * @throws EngineStartError with the server's last log lines; then nothing of it is left.
 */
export type ModelServerLauncher = (model: ModelFile, options: LoadOptions) => Promise<ModelServer>

export interface ServerPerModelInput {
  /** Until a server runs: which engine, and how it will run. */
  identity: Pick<EngineIdentity, 'name' | 'runsAs' | 'arguments'>
  traits: EngineTraits
  launch: ModelServerLauncher
  /** Models on this machine that a server can be started for by name alone. */
  available(): Promise<string[]>
  /** How a user gets a real model for it, as a sentence. */
  pullAdvice(modelName: string): string
}

interface RunningModel {
  engine: Engine
  /** What it was started with: another wish is another server. */
  settings: string
  death: Error | undefined
}

/**
 * An engine whose server serves exactly one model: it starts a server for every model that is loaded, and ends it when
 * the model is unloaded. Several models are several servers, each with memory of its own.
 */
export class ServerPerModelEngine implements Engine {
  readonly traits: EngineTraits
  readonly died: Promise<Error>
  readonly #input: ServerPerModelInput
  readonly #running = new Map<string, RunningModel>()
  readonly #starting = new Map<string, Promise<{ loadMs: number }>>()
  readonly #end = new AbortController()
  readonly #oneDied: (death: Error) => void
  #identity: EngineIdentity

  constructor(input: ServerPerModelInput) {
    this.#input = input
    this.traits = input.traits
    this.#identity = { ...input.identity, version: 'not started yet', origin: 'spawned', url: '', cautions: [] }
    const { promise, resolve } = Promise.withResolvers<Error>()
    this.died = promise
    this.#oneDied = resolve
  }

  /** Of the server that was started last. */
  get identity(): EngineIdentity {
    return this.#identity
  }

  async models(): Promise<{ name: string; status: ModelStatus }[]> {
    const running = [...this.#running].map(([name, { death }]) => ({
      name,
      status: death === undefined ? ('loaded' as const) : ('failed' as const),
    }))
    const starting = [...this.#starting.keys()].map(name => ({ name, status: 'loading' as const }))
    const there = new Set([...running, ...starting].map(({ name }) => name))
    const others = (await this.#input.available()).filter(name => !there.has(name))
    return [...running, ...starting, ...others.map(name => ({ name, status: 'unloaded' as const }))]
  }

  async pull(modelName: string): Promise<Measured<void>> {
    return absent(this.#input.pullAdvice(modelName))
  }

  /** Starts a server for the model, again if the one that runs was started with other sizes or settings; `loadMs` is its start. */
  async load(model: ModelFile, options: LoadOptions): Promise<{ loadMs: number }> {
    const { keepAlive = 'forever' } = options
    checkLoad(this, model, options)
    // One start at a time; nothing may be awaited between the last look and the next start.
    for (let start = this.#starting.get(model.name); start; start = this.#starting.get(model.name)) {
      await start.catch(() => {})
    }
    if (this.#end.signal.aborted) throw new CouldNotMeasureError(`Cannot load ${model.name}: the engine was stopped.`)
    const settings = JSON.stringify([loadKey(model, options), keepAlive])
    const known = this.#running.get(model.name)
    if (known?.settings === settings && known.death === undefined) return known.engine.load(model, options)
    const start = this.#start(model, options, settings)
    this.#starting.set(model.name, start)
    try {
      return await start
    } finally {
      this.#starting.delete(model.name)
    }
  }

  async unload(modelName: string): Promise<void> {
    const running = this.#running.get(modelName)
    this.#running.delete(modelName)
    await running?.engine.stop()
  }

  /** @throws CouldNotMeasureError for a model that is not loaded. */
  target(modelName: string): CompletionTarget {
    const running = this.#running.get(modelName)
    if (!running) throw new CouldNotMeasureError(`No server runs for ${modelName}: load it first.`)
    return running.engine.target(modelName)
  }

  async countTokens(modelName: string, text: string): Promise<Measured> {
    return this.#of(modelName, engine => engine.countTokens(modelName, text))
  }

  async residency(modelName: string): Promise<Residency> {
    const running = this.#running.get(modelName)
    if (!running) return { state: 'not loaded', detail: `no server runs for ${modelName}` }
    if (running.death) return { state: 'not loaded', detail: running.death.message.split('\n')[0] ?? '' }
    return running.engine.residency(modelName)
  }

  async processRoots(): Promise<Measured<number[]>> {
    const engines = this.#alive()
    if (engines.length === 0) return absent('no server runs: no model is loaded')
    const roots: number[] = []
    for (const found of await Promise.all(engines.map(engine => engine.processRoots()))) {
      if (found.state === 'absent') return found
      roots.push(...found.value)
    }
    return measured(roots)
  }

  async modelProcess(modelName: string): Promise<Measured<{ pid: number; isShared: boolean }>> {
    const death = this.#running.get(modelName)?.death
    if (death) return absent(death.message.split('\n')[0] ?? '')
    return this.#of(modelName, engine => engine.modelProcess(modelName))
  }

  async queue(): Promise<EngineQueue> {
    const queues = await Promise.all(this.#alive().map(engine => engine.queue()))
    const [first, second] = queues
    return {
      running: sumOf(queues.map(({ running }) => running)),
      waiting: sumOf(queues.map(({ waiting }) => waiting)),
      kvCacheShare: second
        ? absent(`${queues.length} servers have a KV cache each`)
        : (first?.kvCacheShare ?? absent('no server runs: no model is loaded')),
    }
  }

  async totals(modelName: string): Promise<EngineTotals> {
    const running = this.#running.get(modelName)
    if (running) return running.engine.totals(modelName)
    const none = absent(`no server runs for ${modelName}`)
    return { requests: none, promptTokens: none, generatedTokens: none, cachedTokens: none }
  }

  async resetPrefixCache(modelName: string): Promise<Measured<void>> {
    return this.#of(modelName, engine => engine.resetPrefixCache(modelName))
  }

  async sleep(modelName: string): Promise<Measured<void>> {
    return this.#of(modelName, engine => engine.sleep(modelName))
  }

  async wake(modelName: string): Promise<Measured<void>> {
    return this.#of(modelName, engine => engine.wake(modelName))
  }

  /** Of every server, one after the other, the one that was started last at the end. */
  logTail(): string[] {
    return [...this.#running.values()].flatMap(({ engine }) => engine.logTail())
  }

  async restart(): Promise<Measured<Engine>> {
    await this.stop()
    return measured(new ServerPerModelEngine(this.#input))
  }

  async stop(): Promise<void> {
    this.#end.abort(new CouldNotMeasureError('The engine was stopped.'))
    await Promise.allSettled(this.#starting.values())
    await Promise.all([...this.#running.keys()].map(name => this.unload(name)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #start(model: ModelFile, options: LoadOptions, settings: string): Promise<{ loadMs: number }> {
    await this.unload(model.name)
    const { signal } = this.#end
    const limits = { ...options, signal: options.signal ? AbortSignal.any([options.signal, signal]) : signal }
    const { engine, startMs } = await this.#input.launch(model, limits)
    const running: RunningModel = { engine, settings, death: undefined }
    void engine.died.then(death => {
      running.death = death
      this.#oneDied(death)
    })
    try {
      // The arguments that a user added may have made it smaller than asked for.
      await engine.load(model, limits)
    } catch (error) {
      await engine.stop()
      throw error
    }
    this.#running.set(model.name, running)
    this.#identity = engine.identity
    return { loadMs: startMs }
  }

  #alive(): Engine[] {
    return [...this.#running.values()].flatMap(({ engine, death }) => (death === undefined ? [engine] : []))
  }

  async #of<T>(modelName: string, ask: (engine: Engine) => Promise<Measured<T>>): Promise<Measured<T>> {
    const running = this.#running.get(modelName)
    return running ? ask(running.engine) : absent(`no server runs for ${modelName}`)
  }
}

/** Of no servers at all it is zero: nothing runs. */
function sumOf(values: Measured[]): Measured {
  let sum = 0
  for (const value of values) {
    if (value.state === 'absent') return value
    sum += value.value
  }
  return measured(sum)
}
