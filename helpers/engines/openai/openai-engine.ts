import { CouldNotMeasureError, EngineStartError, ModelMissingError } from '../../errors.ts'
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
import type { EngineHost } from '../hosts/index.ts'
import { EngineAnswerError, type HttpClient } from '../http-client.ts'
import { checkLoad } from '../load-check.ts'
import { ServerEngine } from '../server-engine.ts'
import { readFirstAnswer } from './first-answer.ts'
import { listedModels } from './listed-models.ts'

const chatPath = '/v1/chat/completions'

/** A server may fetch weights into memory, or onto a GPU, before it answers the first request. */
const loadLimitMs = 30 * 60_000

const noRoute = (what: string) => absent(`an OpenAI-compatible server has no route ${what}`)

/**
 * Any server with OpenAI's routes: a list of models and completions, and nothing else. It does not tell whether a model is
 * loaded, so a model counts as loaded from the first answer that it gave to this object.
 */
export class OpenAiEngine extends ServerEngine implements Engine {
  readonly identity: EngineIdentity
  readonly traits: EngineTraits = {
    modelFormat: null,
    catalogueName: null,
    // Some servers refuse `ignore_eos` (transformers serve: 422), some pass over it in silence.
    fixedOutput: false,
    seeded: true,
    neverExpires: 'an OpenAI-compatible server has no route to set how long an idle model stays loaded',
    neverUnloads: 'an OpenAI-compatible server has no route to load or unload a model',
    gpuMemoryIsFixed: null,
    hostMemoryGrowsByDesign: null,
    loadSettings: [],
    seesNoImages: null,
    imagesOutsidePromptTimes: null,
  }
  /** Models that have answered, and how their streams end. */
  readonly #answered = new Map<string, CompletionTarget['protocol']>()

  constructor({ client, host }: { client: HttpClient; host: EngineHost }) {
    super(client, host)
    const [, ...commandArguments] = host.commandLine
    this.identity = {
      name: 'openai',
      version: 'unknown',
      origin: host.origin,
      runsAs: host.runsAs,
      url: client.url,
      arguments: commandArguments,
      cautions: [],
    }
  }

  async models(): Promise<{ name: string; status: ModelStatus }[]> {
    const names = await this.ask(() => listedModels(this.client))
    return names.map(name => ({ name, status: this.#answered.has(name) ? 'loaded' : 'unloaded' }))
  }

  /**
   * Sends one request for one token: a server that loads on demand has the model then. The time is that of the whole
   * request. A list that is empty says nothing about what is served.
   *
   * @throws ModelMissingError for a model that the server does not list, CouldNotMeasureError where its stream tells too
   * little to be measured.
   */
  async load(model: ModelFile, options: LoadOptions): Promise<{ loadMs: number }> {
    const { name } = model
    const { signal } = options
    checkLoad(this, model, options)
    const listed = await this.ask(() => listedModels(this.client))
    if (listed.length > 0 && !listed.includes(name)) throw this.#missing(name, listed)
    const startedAt = performance.now()
    const body = { ...this.target(name).body, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 1 }
    const text = await this.ask(() => this.client.postText(chatPath, body, { signal, timeoutMs: loadLimitMs })).catch(
      (cause: unknown) => {
        if (!(cause instanceof EngineAnswerError) || cause.status === 0) throw cause
        if (cause.status === 404 && listed.length === 0) throw this.#missing(name, listed, cause)
        throw new EngineStartError(`${name} does not answer: ${cause.message}`, { cause })
      },
    )
    const loadMs = performance.now() - startedAt
    this.#answered.set(name, this.#protocolOf(name, text))
    return { loadMs }
  }

  async unload(modelName: string): Promise<void> {
    const { url } = this.identity
    throw new CouldNotMeasureError(
      `Cannot unload ${modelName} at ${url}: an OpenAI-compatible server has no route to unload a model.`,
    )
  }

  target(modelName: string): CompletionTarget {
    const { origin, pathname } = new URL(this.client.url)
    return {
      protocol: this.#answered.get(modelName) ?? 'openai',
      origin,
      chatPath: `${pathname.replace(/\/$/, '')}${chatPath}`,
      headers: { ...this.client.headers },
      body: { model: modelName, stream: true, stream_options: { include_usage: true } },
    }
  }

  async countTokens(): Promise<Measured> {
    return noRoute('to count tokens')
  }

  /** A model stays `loaded` once it has answered: nothing here would tell of a reload. */
  async residency(modelName: string): Promise<Residency> {
    if (!this.#answered.has(modelName)) {
      return { state: 'not loaded', detail: `${modelName} has not answered a request of this run yet` }
    }
    return {
      state: 'loaded',
      instance: noRoute('that tells which process serves a model'),
      generatedTokens: noRoute('that tells how much it has served'),
      loads: absent('its log is not read for loads: every server words them in its own way'),
    }
  }

  async modelProcess(): Promise<Measured<{ pid: number; isShared: boolean }>> {
    const root = await this.host.rootPid()
    return root.state === 'absent' ? root : measured({ pid: root.value, isShared: true })
  }

  async queue(): Promise<EngineQueue> {
    const none = noRoute('that tells its load')
    return { running: none, waiting: none, kvCacheShare: none }
  }

  async totals(): Promise<EngineTotals> {
    const none = noRoute('that tells how much it has served')
    return { requests: none, promptTokens: none, generatedTokens: none, cachedTokens: none }
  }

  async pull(modelName: string): Promise<Measured<void>> {
    return noRoute(`to fetch ${modelName}; give it to the server in its own way`)
  }

  async resetPrefixCache(): Promise<Measured<void>> {
    return noRoute('to forget cached prefixes')
  }

  async sleep(): Promise<Measured<void>> {
    return noRoute('to be sent to sleep')
  }

  async wake(): Promise<Measured<void>> {
    return noRoute('to be woken')
  }

  /** Chunks are not tokens, so without usage there is no count of them; without an end a cut stream would pass for a whole one. */
  #protocolOf(name: string, text: string): CompletionTarget['protocol'] {
    const where = `POST ${this.identity.url}${chatPath} for ${name}`
    const answer = readFirstAnswer(text)
    if (answer === null) {
      throw new CouldNotMeasureError(`${where} was asked for a stream and answered with: ${text.trim().slice(0, 200)}`)
    }
    if ('error' in answer) throw new EngineStartError(`${where} failed: ${answer.error}`)
    const { usage, finishReason, end } = answer.parts
    const lacks = [
      usage ? null : 'token counts (usage, asked for by stream_options.include_usage)',
      finishReason ? null : 'a finish_reason',
      end === null ? '[DONE] at its end, or finish reason and usage in one event,' : null,
    ].filter(part => part !== null)
    if (lacks.length > 0) {
      throw new CouldNotMeasureError(
        `${where} streams without ${lacks.join(', ')}: a whole answer cannot be told from one that was cut off, or its ` +
          'tokens cannot be counted. Put a server in front of it that sends them, or use a newer version of it.',
      )
    }
    return end === 'done' ? 'openai' : 'openai-without-done'
  }

  #missing(name: string, listed: string[], cause?: unknown): ModelMissingError {
    return new ModelMissingError(
      `${this.identity.url} has no model ${name}. It lists: ${listed.join(', ') || 'none'}. Choose one with PERF_MODEL=<name>.`,
      { cause },
    )
  }
}
