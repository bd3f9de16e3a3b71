import { setTimeout as delay } from 'node:timers/promises'
import { CouldNotMeasureError, EngineStartError, ModelMissingError } from '../../errors.ts'
import { absent, type Measured, measured } from '../../measured.ts'
import { processIdentity } from '../../processes/index.ts'
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
import type { EngineHost } from '../hosts/index.ts'
import { EngineAnswerError, type HttpClient } from '../http-client.ts'
import { checkLoad } from '../load-check.ts'
import { ServerEngine } from '../server-engine.ts'
import { MetricsPage } from './metrics-page.ts'
import { primitiveCacheGrowth } from './primitive-cache.ts'
import { cacheReset, readAnswer, servedModels, serverInfo, sleeping, tokenized } from './routes.ts'

/** The version that this suite is checked with. */
const knownVersion = /^0\.32\./
const pollMs = 50
/** Weights go to host memory and come back. */
const sleepLimitMs = 10 * 60_000
const devMode = 'vLLM has this route when it is started with VLLM_SERVER_DEV_MODE=1 in its environment'

export interface VllmInput {
  version: string
  client: HttpClient
  host: EngineHost
  /** What its environment says of oneDNN's cache. */
  primitiveCache: string | undefined
}

/** A vLLM server: one model, loaded for as long as the server runs. */
export class VllmEngine extends ServerEngine implements Engine {
  readonly identity: EngineIdentity
  readonly traits: EngineTraits

  constructor({ version, client, host, primitiveCache }: VllmInput) {
    super(client, host)
    const { commandLine } = host
    this.identity = {
      name: 'vllm',
      version,
      origin: host.origin,
      runsAs: host.runsAs,
      url: client.url,
      arguments: commandLine.slice(commandLine.indexOf('serve') + 1 || 1),
      cautions: knownVersion.test(version)
        ? []
        : [`vLLM ${version} is not the version that this suite is checked with (0.32)`],
    }
    this.traits = vllmTraits(host.origin, primitiveCache)
  }

  async models(): Promise<{ name: string; status: ModelStatus }[]> {
    return (await this.#served()).map(({ id }) => ({ name: id, status: 'loaded' as const }))
  }

  async pull(modelName: string): Promise<Measured<void>> {
    return absent(noPull(modelName))
  }

  /** The server's own settings hold; those that are too small are an error that says what to start it with. */
  async load(model: ModelFile, options: LoadOptions): Promise<{ loadMs: number }> {
    const { contextTokens, signal } = options
    checkLoad(this, model, options)
    const startedAt = performance.now()
    await this.#checkHealth(signal)
    const served = await this.#served(signal)
    const found = served.find(({ id }) => id === model.name)
    if (!found) {
      throw new ModelMissingError(
        `${this.identity.url} does not serve ${model.name}. It serves: ${served.map(({ id }) => id).join(', ')}. ` +
          `Start a vLLM server for it (vllm serve PATH --served-model-name ${JSON.stringify(model.name)}).`,
      )
    }
    const { max_model_len: most } = found
    if (typeof most === 'number' && most < contextTokens) {
      throw new CouldNotMeasureError(
        `${this.identity.url} gives a request ${most} tokens of context; this workload needs ${contextTokens}. ` +
          `Start vLLM with --max-model-len ${contextTokens} or more.`,
      )
    }
    return { loadMs: performance.now() - startedAt }
  }

  async unload(modelName: string): Promise<void> {
    throw new CouldNotMeasureError(
      `Cannot unload ${modelName}: ${this.identity.url} serves one model for as long as it runs. ` +
        'Let this suite start vLLM (PERF_ENGINE=vllm without PERF_ENGINE_URL): then unloading a model ends its server.',
    )
  }

  target(modelName: string): CompletionTarget {
    return {
      protocol: 'openai',
      origin: this.client.url,
      chatPath: '/v1/chat/completions',
      headers: { ...this.client.headers },
      body: { model: modelName, stream: true, stream_options: { include_usage: true } },
    }
  }

  async countTokens(modelName: string, text: string): Promise<Measured> {
    const body = { model: modelName, prompt: text, add_special_tokens: false }
    try {
      const answer = await this.ask(() => this.client.postJson('/tokenize', body))
      return measured(readAnswer(tokenized, answer, `${this.identity.url}/tokenize`).count)
    } catch (error) {
      if (isMissingRoute(error)) return absent(`${this.identity.url} has no /tokenize`)
      throw error
    }
  }

  /** An engine that sleeps has no model in memory. */
  async residency(modelName: string): Promise<Residency> {
    const names = (await this.#served()).map(({ id }) => id)
    if (!names.includes(modelName)) {
      return { state: 'not loaded', detail: `${this.identity.url} serves ${names.join(', ')}` }
    }
    const page = await this.#metrics()
    const awake = of(page, metrics => metrics.sumWhere('vllm:engine_sleep_state', 'sleep_state', 'awake'))
    if (awake.state === 'measured' && awake.value === 0)
      return { state: 'not loaded', detail: `${modelName} is asleep` }
    return {
      state: 'loaded',
      instance: await this.#instance(page),
      generatedTokens: of(page, metrics => metrics.sum('vllm:generation_tokens_total')),
      loads: absent('its log is not read for loads: vLLM loads its model once, when it starts'),
    }
  }

  async modelProcess(): Promise<Measured<{ pid: number; isShared: boolean }>> {
    const root = await this.host.rootPid()
    return root.state === 'absent' ? root : measured({ pid: root.value, isShared: false })
  }

  async queue(): Promise<EngineQueue> {
    const page = await this.#metrics()
    return {
      running: of(page, metrics => metrics.sum('vllm:num_requests_running')),
      waiting: of(page, metrics => metrics.sum('vllm:num_requests_waiting')),
      kvCacheShare: of(page, metrics => metrics.mean('vllm:kv_cache_usage_perc')),
    }
  }

  /** A request is counted when it has ended, whatever ended it; one that was refused is not counted. */
  async totals(_modelName: string): Promise<EngineTotals> {
    const page = await this.#metrics()
    return {
      requests: of(page, metrics => metrics.sum('vllm:request_success_total')),
      // Cached tokens are part of it.
      promptTokens: of(page, metrics => metrics.sum('vllm:prompt_tokens_total')),
      generatedTokens: of(page, metrics => metrics.sum('vllm:generation_tokens_total')),
      cachedTokens: of(page, metrics => metrics.sum('vllm:prompt_tokens_cached_total')),
    }
  }

  async resetPrefixCache(_modelName: string): Promise<Measured<void>> {
    const answer = await this.#askInDevMode(() => this.client.postJson('/reset_prefix_cache', {}))
    if (answer.state === 'absent') return answer
    const path = `${this.identity.url}/reset_prefix_cache`
    if (readAnswer(cacheReset, answer.value, path)?.success !== false) return measured(undefined)
    throw new CouldNotMeasureError(
      `${path} did not forget the cached prefixes: blocks are in use. Reset it when no request is running.`,
    )
  }

  /**
   * Level 1: weights go to host memory, the KV cache is dropped. Running requests are waited for; those that come while
   * it is asleep wait until it is woken, they are not refused.
   */
  async sleep(_modelName: string): Promise<Measured<void>> {
    const answer = await this.#askInDevMode(() => this.client.getJson('/server_info?config_format=json'))
    if (answer.state === 'absent') return answer
    const config = readAnswer(serverInfo, answer.value, `${this.identity.url}/server_info`).vllm_config
    const canSleep = typeof config === 'string' ? undefined : config.model_config?.enable_sleep_mode
    // Without it the route answers that it sleeps, and frees nothing.
    if (canSleep === false) return absent('vLLM was started without --enable-sleep-mode (CUDA and ROCm only)')
    if (canSleep === undefined) return absent(`vLLM ${this.identity.version} does not tell whether it can sleep`)
    await this.ask(() => this.client.postJson('/sleep?level=1&mode=wait', {}, { timeoutMs: sleepLimitMs }))
    return measured(undefined)
  }

  async wake(_modelName: string): Promise<Measured<void>> {
    const answer = await this.#askInDevMode(() => this.client.postJson('/wake_up', {}, { timeoutMs: sleepLimitMs }))
    if (answer.state === 'absent') return answer
    const until = performance.now() + sleepLimitMs
    while (await this.#isSleeping()) {
      if (performance.now() > until) {
        throw new CouldNotMeasureError(`${this.identity.url} still sleeps ${sleepLimitMs / 1000} s after /wake_up.`)
      }
      await delay(pollMs)
    }
    return measured(undefined)
  }

  /** It listens when its model is loaded, so 503 means that its engine core has died; the server ends soon after. */
  async #checkHealth(signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.ask(() => this.client.getText('/health', signal))
    } catch (error) {
      if (!(error instanceof EngineAnswerError) || error.status !== 503) throw error
      throw new EngineStartError(`${error.message.trim()} The engine core behind it has died: start vLLM anew.`)
    }
  }

  async #served(signal?: AbortSignal) {
    const answer = await this.ask(() => this.client.getJson('/v1/models', signal))
    return readAnswer(servedModels, answer, `${this.identity.url}/v1/models`).data
  }

  /** Pid and start time of the API server, its start as it says it, or whichever of the two can be seen. */
  async #instance(page: Measured<MetricsPage>): Promise<Measured<string>> {
    const root = await this.host.rootPid()
    const seen = root.state === 'measured' ? processIdentity(root.value) : root
    const said = of(page, metrics => metrics.sum('process_start_time_seconds'))
    const parts = [
      ...(seen.state === 'measured' ? [`${seen.value.pid}:${seen.value.startTicks}`] : []),
      ...(said.state === 'measured' ? [`started ${said.value}`] : []),
    ]
    if (parts.length > 0) return measured(parts.join(', '))
    return seen.state === 'absent' ? seen : absent('its process is not to be seen')
  }

  async #isSleeping(): Promise<boolean> {
    const answer = await this.ask(() => this.client.getJson('/is_sleeping'))
    return readAnswer(sleeping, answer, `${this.identity.url}/is_sleeping`).is_sleeping
  }

  async #metrics(): Promise<Measured<MetricsPage>> {
    try {
      return measured(new MetricsPage(await this.ask(() => this.client.getText('/metrics'))))
    } catch (error) {
      if (!(error instanceof EngineAnswerError) || error.status === 0) throw error
      return absent(error.message)
    }
  }

  async #askInDevMode<T>(request: () => Promise<T>): Promise<Measured<T>> {
    try {
      return measured(await this.ask(request))
    } catch (error) {
      if (isMissingRoute(error)) return absent(devMode)
      throw error
    }
  }
}

/**
 * Before and after its server runs.
 *
 * @param primitiveCache what its environment says of oneDNN's cache.
 */
export function vllmTraits(origin: 'spawned' | 'attached', primitiveCache: string | undefined): EngineTraits {
  return {
    modelFormat: origin === 'spawned' ? 'hugging-face' : null,
    catalogueName: 'huggingFace',
    fixedOutput: true,
    seeded: false,
    neverExpires: 'vLLM keeps its model for as long as it runs',
    // Of ours, a server is started for every model that is loaded.
    neverUnloads:
      origin === 'spawned'
        ? null
        : 'it serves one model for as long as it runs; let this suite start vLLM (PERF_ENGINE=vllm without PERF_ENGINE_URL)',
    gpuMemoryIsFixed: 'vLLM takes its share of the GPU at the start (--gpu-memory-utilization) and keeps it',
    // Its KV cache is no part of it: on a CPU that is resident from the start (1,024 of 1,024 MiB in smaps, 0.32.0).
    hostMemoryGrowsByDesign: primitiveCacheGrowth(primitiveCache),
    // Of a server that is started for the load.
    loadSettings: origin === 'spawned' ? ['gpuMemoryShare', 'tensorParallel'] : [],
    seesNoImages: null,
    imagesOutsidePromptTimes: null,
  }
}

export const noPull = (modelName: string): string =>
  `vLLM has no route to fetch a model; fetch it with: hf download ${modelName}`

/** FastAPI's answer for a route that is not there; a model that is not served is a 404 too. */
const isMissingRoute = (error: unknown): boolean =>
  error instanceof EngineAnswerError && error.status === 404 && error.message.includes('{"detail":"Not Found"}')

const of = (page: Measured<MetricsPage>, read: (metrics: MetricsPage) => Measured): Measured =>
  page.state === 'measured' ? read(page.value) : page
