import OpenAI, { APIConnectionError, APIError } from 'openai'
import { z } from 'zod'
import { monotonicMs } from '../clock.ts'
import { CouldNotMeasureError } from '../errors.ts'
import type { CompletionPath } from '../load/index.ts'
import { listeningProcess } from '../processes/index.ts'
import { type BatchSighting, batchSchema, hasEnded, sightingOf } from './batch-sighting.ts'

const listSchema = z.object({ data: z.array(batchSchema) })
const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })) })

/** For one answer; files of a long run are large. */
const ANSWER_MS = 60_000
const FILE_MS = 600_000

/** A server did not answer, or answered something else than success. `status` is 0 where there was no answer. */
export class BatchApiError extends CouldNotMeasureError {
  readonly status: number

  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

export interface BatchApiOptions {
  /** With or without `/v1` at its end. */
  url: string
  /** `authorization` and whatever else the server wants; never printed. */
  headers?: Record<string, string>
}

/**
 * The OpenAI Batch API of one server: files and batches, over the `openai` package. Reading is tried again when it
 * fails; creating is not, since a batch that is created twice runs twice.
 */
export class BatchApi {
  readonly url: string
  /** Sent with every request; they hold the key, so they are never part of a message. */
  readonly headers: Record<string, string>
  readonly #client: OpenAI

  constructor({ url, headers = {} }: BatchApiOptions) {
    this.url = url.replace(/\/+$/, '').replace(/\/v1$/, '')
    this.headers = headers
    this.#client = new OpenAI({
      baseURL: `${this.url}/v1`,
      // Everything is said here: the package would else read keys and settings from the environment.
      apiKey: 'none',
      adminAPIKey: null,
      organization: null,
      project: null,
      logLevel: 'off',
      timeout: ANSWER_MS,
      // Without a key of the user's the package's own header must not go out.
      defaultHeaders: { authorization: null, ...headers },
    })
  }

  /** Its process, where it runs on this machine and may be seen. */
  async processes(): Promise<number[]> {
    const { hostname, port, protocol } = new URL(this.url)
    if (!['127.0.0.1', '[::1]', 'localhost'].includes(hostname)) return []
    const pid = await listeningProcess(Number(port || (protocol === 'https:' ? 443 : 80)))
    return pid.state === 'measured' ? [pid.value] : []
  }

  /**
   * Batches that have not ended, of the newest 100.
   *
   * @throws BatchApiError with status 404 where the server has no such route.
   */
  async inFlight(): Promise<BatchSighting[]> {
    const page = await this.#ask('listing batches', () => this.#client.get('/batches', { query: { limit: 100 } }))
    const { data } = this.#read(listSchema, page, 'a list of batches')
    return data.map(batch => sightingOf(batch, monotonicMs())).filter(batch => !hasEnded(batch))
  }

  /**
   * The name by which this server knows a model of the engine. Gateways put a provider before it (`engine/qwen2.5-0.5b`);
   * where that is not clear the name stays as it is, and the server says what it thinks of it.
   */
  async modelName(name: string): Promise<string> {
    const answer = await this.#ask('listing models', () => this.#client.get('/models')).catch(error => {
      if (error instanceof BatchApiError && error.status >= 400 && error.status < 500) return { data: [] }
      throw error
    })
    const known = this.#read(modelsSchema, answer, 'a list of models').data.map(({ id }) => id)
    if (known.includes(name)) return name
    const [only, ...more] = known.filter(id => id.endsWith(`/${name}`))
    return only !== undefined && more.length === 0 ? only : name
  }

  /** @returns the id of the file. */
  async upload(name: string, lines: Buffer[], signal?: AbortSignal): Promise<string> {
    const file = new File(
      lines.map(line => new Uint8Array(line)),
      name,
      { type: 'application/jsonl' },
    )
    const { id } = await this.#ask('uploading a batch file', () =>
      this.#client.files.create({ file, purpose: 'batch' }, once({ signal, timeout: FILE_MS })),
    )
    return id
  }

  async create(
    { fileId, endpoint, metadata }: { fileId: string; endpoint: CompletionPath; metadata: Record<string, string> },
    signal?: AbortSignal,
  ): Promise<BatchSighting> {
    const body = { input_file_id: fileId, endpoint, completion_window: '24h', metadata } as const
    return this.#sight('creating a batch', () => this.#client.batches.create(body, once({ signal })))
  }

  async look(batchId: string, signal?: AbortSignal): Promise<BatchSighting> {
    return this.#sight(`looking at ${batchId}`, () => this.#client.batches.retrieve(batchId, given(signal)))
  }

  async cancel(batchId: string): Promise<BatchSighting> {
    return this.#sight(`cancelling ${batchId}`, () => this.#client.batches.cancel(batchId, { timeout: 10_000 }))
  }

  async text(fileId: string, signal?: AbortSignal): Promise<string> {
    return this.#ask(`fetching ${fileId}`, async () => {
      const answer = await this.#client.files.content(fileId, { timeout: FILE_MS, ...given(signal) })
      return answer.text()
    })
  }

  /** @returns whether it is gone; false where the server does not let it be deleted. */
  async remove(fileId: string): Promise<boolean> {
    try {
      await this.#ask(`deleting ${fileId}`, () => this.#client.files.delete(fileId, { timeout: 10_000 }))
      return true
    } catch (error) {
      if (!(error instanceof BatchApiError) || error.status < 400 || error.status >= 500) throw error
      return error.status === 404
    }
  }

  async #sight(doing: string, ask: () => Promise<unknown>): Promise<BatchSighting> {
    const batch = this.#read(batchSchema, await this.#ask(doing, ask), 'a batch')
    return sightingOf(batch, monotonicMs())
  }

  #read<S extends z.ZodType>(schema: S, answer: unknown, what: string): z.output<S> {
    const parsed = schema.safeParse(answer)
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    const where = issue?.path.join('.') || 'the answer'
    throw new BatchApiError(
      `The Batch API at ${this.url} answered what is not ${what}: ${where}: ${issue?.message}.`,
      200,
    )
  }

  async #ask<T>(doing: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      throw this.#explain(doing, error)
    }
  }

  #explain(doing: string, error: unknown): unknown {
    const where = `The Batch API at ${this.url}, ${doing}`
    if (error instanceof APIConnectionError) {
      const cause = error.cause instanceof Error ? error.cause : error
      const reason = cause.cause instanceof Error ? cause.cause.message : cause.message
      return new BatchApiError(`${where}: no answer (${reason}). Is it running?`, 0, { cause: error })
    }
    if (error instanceof APIError && typeof error.status === 'number') {
      const hint = error.status === 401 || error.status === 403 ? ' Set PERF_API_KEY to a key that it takes.' : ''
      return new BatchApiError(`${where}: it answered ${error.message}.${hint}`, error.status, { cause: error })
    }
    return error
  }
}

const given = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal })

const once = ({ signal, timeout }: { signal: AbortSignal | undefined; timeout?: number }) => ({
  maxRetries: 0,
  ...(timeout === undefined ? {} : { timeout }),
  ...given(signal),
})
