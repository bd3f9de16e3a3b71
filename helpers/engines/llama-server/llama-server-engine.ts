import { setTimeout as delay } from 'node:timers/promises'
import { CouldNotMeasureError, EngineStartError, ModelMissingError } from '../../errors.ts'
import { absent, type Measured, measured } from '../../measured.ts'
import { processIdentity } from '../../processes/index.ts'
import type {
  CompletionTarget,
  Engine,
  EngineIdentity,
  EngineName,
  EngineQueue,
  EngineTotals,
  EngineTraits,
  LoadOptions,
  ModelFile,
  ModelStatus,
  Residency,
} from '../engine.ts'
import type { EngineHost } from '../hosts/index.ts'
import { EngineAnswerError, type HttpClient } from '../http-client.ts'
import { checkLoad, loadKey } from '../load-check.ts'
import { withLog } from '../log-text.ts'
import { prometheusValues } from '../prometheus.ts'
import { ServerEngine } from '../server-engine.ts'
import { buildCaution } from './known-builds.ts'
import {
  childPid,
  metricOf,
  metricsQuery,
  type RouterModel,
  readAnswer,
  routerModels,
  servedModels,
  serverProps,
  statusOf,
  tokenized,
} from './routes.ts'

const pollMs = 10
const unloadLimitMs = 5 * 60_000
/**
 * llama-server (seen at b11669) closes the connection after every streamed answer, although it announces
 * `Keep-Alive: timeout=5, max=100`. A request that is sent on it in that moment is lost, about one in 500.
 */
const oneAnswerAConnection = { connection: 'close' }
const noLoadLog = absent('its log is not read for loads: the process tells')

export interface LlamaServerInput {
  name: Extract<EngineName, 'embedded' | 'llama-server'>
  version: string
  /** What stands for the arguments where the command line cannot be seen. */
  settings: string[]
  client: HttpClient
  host: EngineHost
  router: boolean
  /** As in EngineTraits. */
  neverExpires: string | null
  hostMemoryGrowsByDesign: string | null
  loadSettings: EngineTraits['loadSettings']
  seesNoImages: string | null
}

/**
 * An engine that speaks llama-server's dialect: the real one with a single model, the real one as a router, or the
 * embedded engine. A server with a single model ignores the model's name, cannot load or unload, and is resident as long
 * as its process lives.
 */
export class LlamaServerEngine extends ServerEngine implements Engine {
  readonly identity: EngineIdentity
  readonly traits: EngineTraits
  readonly #router: boolean
  /** What this object loaded, and how, by loadKey: another size or setting asked for is another load. */
  readonly #loaded = new Map<string, string>()

  constructor(input: LlamaServerInput) {
    const { name, version, settings, client, host, router } = input
    super(client, host)
    const [, ...commandArguments] = host.commandLine
    const growth = input.hostMemoryGrowsByDesign
    this.identity = {
      name,
      version,
      origin: host.origin,
      runsAs: host.runsAs,
      url: client.url,
      arguments: commandArguments.length > 0 ? commandArguments : settings,
      cautions: [name === 'embedded' ? null : buildCaution(version), growth].filter(caution => caution !== null),
    }
    this.traits = {
      modelFormat: host.origin === 'spawned' ? 'gguf' : null,
      catalogueName: null,
      fixedOutput: true,
      seeded: true,
      neverExpires: input.neverExpires,
      neverUnloads: input.router
        ? null
        : 'it serves a single model for as long as it runs; start llama-server as a router (without -m, with --models-dir)',
      gpuMemoryIsFixed: null,
      hostMemoryGrowsByDesign: growth,
      loadSettings: input.loadSettings,
      seesNoImages: input.seesNoImages,
      imagesOutsidePromptTimes: null,
    }
    this.#router = router
  }

  async models(): Promise<{ name: string; status: ModelStatus }[]> {
    if (this.#router) return (await this.#routerModels()).map(model => ({ name: model.id, status: statusOf(model) }))
    const answer = await this.ask(() => this.client.getJson('/v1/models'))
    const { data } = readAnswer(servedModels, answer, `${this.identity.url}/v1/models`)
    return data.map(({ id }) => ({ name: id, status: 'loaded' as const }))
  }

  /**
   * On the embedded engine the file is loaded with the context, slots and settings asked for, again if it is loaded with
   * others.
   * Elsewhere the server's own settings hold; a context that is too small is an error that says what to start it with.
   */
  async load(model: ModelFile, options: LoadOptions): Promise<{ loadMs: number }> {
    checkLoad(this, model, options)
    const startedAt = performance.now()
    if (this.#router) await this.#loadInRouter(model, options)
    else await this.#waitUntilHealthy(options.signal)
    const loadMs = performance.now() - startedAt
    if (this.host.origin === 'attached') await this.#checkContext(model.name, options)
    return { loadMs }
  }

  async unload(modelName: string): Promise<void> {
    if (!this.#router) {
      throw new CouldNotMeasureError(
        `Cannot unload ${modelName}: ${this.identity.url} serves a single model for as long as it runs. ` +
          'Start llama-server as a router (without -m, with --models-dir) to load and unload models.',
      )
    }
    const before = await this.#routerModel(modelName)
    if (!before || statusOf(before) === 'unloaded' || statusOf(before) === 'failed') return
    const instance = await this.#instance(before)
    await this.ask(() => this.client.postJson('/models/unload', { model: modelName }))
    this.#loaded.delete(modelName)
    const giveUpAt = performance.now() + unloadLimitMs
    while (await this.#isStillThere(modelName, instance)) {
      if (performance.now() > giveUpAt) {
        throw new CouldNotMeasureError(
          `${modelName} was not unloaded in ${unloadLimitMs / 1000} s: its process does not end, or somebody's requests load it again.`,
        )
      }
      await delay(pollMs)
    }
  }

  target(modelName: string): CompletionTarget {
    return {
      protocol: 'openai',
      origin: this.client.url,
      chatPath: '/v1/chat/completions',
      headers: { ...this.client.headers, ...(this.identity.name === 'llama-server' && oneAnswerAConnection) },
      body: { model: modelName, stream: true, stream_options: { include_usage: true } },
    }
  }

  async countTokens(modelName: string, text: string): Promise<Measured> {
    const body = { model: modelName, content: text, add_special: false }
    try {
      const answer = await this.ask(() => this.client.postJson('/tokenize', body))
      return measured(readAnswer(tokenized, answer, `${this.identity.url}/tokenize`).tokens.length)
    } catch (error) {
      if (error instanceof EngineAnswerError && error.status === 404) return absent('the engine has no /tokenize')
      throw error
    }
  }

  async residency(modelName: string): Promise<Residency> {
    if (!this.#router) {
      const props = readAnswer(serverProps, await this.ask(() => this.client.getJson('/props')), '/props')
      if (props.is_sleeping) return { state: 'not loaded', detail: `${modelName} was unloaded when it was idle` }
      return {
        state: 'loaded',
        instance: await this.#instance(undefined),
        generatedTokens: await this.#generated(''),
        loads: noLoadLog,
      }
    }
    const model = await this.#routerModel(modelName)
    if (!model) return { state: 'not loaded', detail: `${this.identity.url} knows no model ${modelName}` }
    const status = statusOf(model)
    if (status !== 'loaded') {
      const code =
        model.status.exit_code === undefined ? '' : `, its process ended with exit code ${model.status.exit_code}`
      return { state: 'not loaded', detail: `${modelName} is ${status}${code}` }
    }
    return {
      state: 'loaded',
      instance: await this.#instance(model),
      generatedTokens: await this.#generated(metricsQuery(modelName)),
      loads: noLoadLog,
    }
  }

  async modelProcess(modelName: string): Promise<Measured<{ pid: number; isShared: boolean }>> {
    const model = this.#router ? await this.#routerModel(modelName) : undefined
    if (this.#router && (!model || statusOf(model) !== 'loaded')) return absent(`${modelName} is not loaded`)
    const pid = model ? await childPid(model) : await this.host.rootPid()
    return pid.state === 'absent' ? pid : measured({ pid: pid.value, isShared: false })
  }

  async queue(): Promise<EngineQueue> {
    const loaded = this.#router
      ? (await this.#routerModels()).filter(model => statusOf(model) === 'loaded')
      : [undefined]
    const pages = await Promise.all(loaded.map(model => this.#metrics(model ? metricsQuery(model.id) : '')))
    const sum = (name: string): Measured => {
      const values = pages.map(page => metricOf(page, name))
      const missing = values.find(value => value.state === 'absent')
      return (
        missing ?? measured(values.reduce((total, value) => total + (value.state === 'measured' ? value.value : 0), 0))
      )
    }
    return {
      running: sum('llamacpp:requests_processing'),
      waiting: sum('llamacpp:requests_deferred'),
      kvCacheShare: absent('llama-server has no gauge of its KV cache'),
    }
  }

  async totals(modelName: string): Promise<EngineTotals> {
    const page = await this.#metrics(this.#router ? metricsQuery(modelName) : '')
    const processed = metricOf(page, 'llamacpp:prompt_tokens_total')
    const cachedTokens = metricOf(page, 'llamacpp:prompt_tokens_cached_total')
    return {
      requests: absent('llama-server does not count requests'),
      // Its counter leaves out what came from the cache.
      promptTokens:
        processed.state === 'measured' && cachedTokens.state === 'measured'
          ? measured(processed.value + cachedTokens.value)
          : processed,
      generatedTokens: metricOf(page, 'llamacpp:tokens_predicted_total'),
      cachedTokens,
    }
  }

  async pull(modelName: string): Promise<Measured<void>> {
    return absent(`llama-server has no route to fetch ${modelName}; start it with -hf, or give a .gguf file`)
  }

  async resetPrefixCache(): Promise<Measured<void>> {
    return absent('llama-server has no route to forget cached prefixes')
  }

  async sleep(): Promise<Measured<void>> {
    return absent('llama-server sleeps by itself only (--sleep-idle-seconds)')
  }

  async wake(): Promise<Measured<void>> {
    return absent('llama-server cannot be sent to sleep')
  }

  async #loadInRouter(model: ModelFile, options: LoadOptions): Promise<void> {
    const { contextTokens, slots, settings = {}, signal } = options
    const { name, path } = model
    const ours = this.host.origin === 'spawned'
    const wanted = loadKey(model, options)
    const known = await this.#routerModel(name)
    const status = known && statusOf(known)
    const running = status === 'loaded' || status === 'loading'
    const same = !ours || this.#loaded.get(name) === wanted
    if (running && !same) await this.unload(name)
    if (!running || !same) {
      this.#loaded.set(name, wanted)
      const body = ours ? { model: name, path, n_ctx: contextTokens, slots, settings } : { model: name }
      try {
        await this.ask(() => this.client.postJson('/models/load', body, signal))
      } catch (error) {
        if (!(error instanceof EngineAnswerError) || error.status !== 404) throw error
        const names = (await this.#routerModels()).map(({ id }) => id)
        throw new ModelMissingError(
          `${this.identity.url} has no model ${name}. It has: ${names.join(', ') || 'none'}. ` +
            'Put its file into the folder that llama-server was started with (--models-dir).',
        )
      }
    }
    await this.#waitUntilLoaded(name, signal)
  }

  async #waitUntilLoaded(name: string, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const model = await this.#routerModel(name)
      const status = model && statusOf(model)
      if (status === 'loaded') return
      if (status !== 'loading') {
        const code = model?.status.exit_code === undefined ? '' : ` (exit code ${model.status.exit_code})`
        const log = this.host.logTail()
        const where = log.length > 0 ? '' : ` The log of ${this.identity.url} says why; it cannot be seen from here.`
        throw new EngineStartError(withLog(`${name} could not be loaded${code}.${where}`, log))
      }
      await delay(pollMs, undefined, signal ? { signal } : {})
    }
  }

  async #waitUntilHealthy(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      try {
        await this.ask(() => this.client.getText('/health', signal))
        return
      } catch (error) {
        if (!(error instanceof EngineAnswerError) || error.status !== 503) throw error
      }
      await delay(pollMs, undefined, signal ? { signal } : {})
    }
  }

  async #checkContext(name: string, { contextTokens }: LoadOptions): Promise<void> {
    const path = this.#router ? `/props${metricsQuery(name)}` : '/props'
    const answer = await this.ask(() => this.client.getJson(path))
    const context = readAnswer(serverProps, answer, this.identity.url + path).default_generation_settings?.n_ctx
    if (context === undefined || context >= contextTokens) return
    throw new CouldNotMeasureError(
      `${this.identity.url} gives a request ${context} tokens of context; this workload needs ${contextTokens}. ` +
        'Start llama-server with a larger -c (it is divided by -np), and with --fit off.',
    )
  }

  async #routerModels(): Promise<RouterModel[]> {
    const answer = await this.ask(() => this.client.getJson('/models'))
    return readAnswer(routerModels, answer, `${this.identity.url}/models`).data
  }

  async #routerModel(name: string): Promise<RouterModel | undefined> {
    return (await this.#routerModels()).find(({ id }) => id === name)
  }

  /** Pid and start time of the process that serves the model: the router's child, or the server itself. */
  async #instance(model: RouterModel | undefined): Promise<Measured<string>> {
    const root = await this.host.rootPid()
    if (root.state === 'absent') return root
    const pid = model ? await childPid(model) : root
    if (pid.state === 'absent') return pid
    const identity = processIdentity(pid.value)
    return identity.state === 'measured' ? measured(`${pid.value}:${identity.value.startTicks}`) : identity
  }

  /** The status says so, or the process that served it does not end though the status says it did. */
  async #isStillThere(name: string, instance: Measured<string>): Promise<boolean> {
    const model = await this.#routerModel(name)
    const status = model && statusOf(model)
    if (status === 'loaded' || status === 'loading') return true
    if (instance.state === 'absent') return false
    const [pid, startTicks] = instance.value.split(':').map(Number)
    const identity = processIdentity(pid ?? 0)
    return identity.state === 'measured' && identity.value.startTicks === startTicks
  }

  async #generated(query: string): Promise<Measured> {
    return metricOf(await this.#metrics(query), 'llamacpp:tokens_predicted_total')
  }

  async #metrics(query: string): Promise<Measured<Map<string, number>>> {
    try {
      return measured(prometheusValues(await this.ask(() => this.client.getText(`/metrics${query}`))))
    } catch (error) {
      if (!(error instanceof EngineAnswerError) || error.status === 0) throw error
      return absent(`${error.message}; llama-server has /metrics when it is started with --metrics`)
    }
  }
}
