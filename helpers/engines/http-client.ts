import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { Agent, type Dispatcher, request } from 'undici'
import { CouldNotMeasureError } from '../errors.ts'
import { noAnswer } from './no-answer.ts'
import { TimeLimit } from './time-limit.ts'

/** An answer other than success, or none at all. `status` is 0 where there was none. */
export class EngineAnswerError extends CouldNotMeasureError {
  readonly status: number

  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** For one request; `timeoutMs` in place of the client's, since a load takes minutes. */
export interface RequestLimits {
  signal?: AbortSignal | undefined
  timeoutMs?: number | undefined
}

interface Question {
  method: 'GET' | 'HEAD' | 'POST' | 'DELETE'
  path: string
  headers?: Record<string, string>
  body?: string | Readable
}

type Body = Dispatcher.ResponseData['body']

/** The limits are ours: undici's own would end a load that takes more than five minutes. */
const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 })

/** An engine is quiet while it checks or converts a file of many gigabytes. */
const quietMs = 10 * 60_000

/** Requests to an engine's control routes. The load client has its own, faster one. */
export class HttpClient {
  readonly url: string
  /** Sent with every request; holds the API key, so it is never part of a message. */
  readonly headers: Record<string, string>
  readonly #apiKey: string | undefined
  readonly #timeoutMs: number

  /**
   * @param url of the server, with or without the /v1 under which OpenAI's routes are: paths here begin with it.
   * @param options.headers sent with every request; an API key may be among them in place of `apiKey`.
   * @param options.timeoutMs for a request and its answer, 30 s unless said.
   */
  constructor(
    url: string,
    options: { apiKey?: string | undefined; headers?: Record<string, string>; timeoutMs?: number } = {},
  ) {
    this.url = url.replace(/\/+$/, '').replace(/\/v1$/, '')
    this.headers = {
      ...options.headers,
      ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
    }
    this.#apiKey = this.headers.authorization?.replace(/^Bearer /, '')
    this.#timeoutMs = options.timeoutMs ?? 30_000
  }

  async getJson(path: string, limits?: AbortSignal | RequestLimits): Promise<unknown> {
    return parseJson(await this.getText(path, limits))
  }

  async getText(path: string, limits?: AbortSignal | RequestLimits): Promise<string> {
    return this.#exchange({ method: 'GET', path }, limits)
  }

  async postJson(path: string, body: object, limits?: AbortSignal | RequestLimits): Promise<unknown> {
    return parseJson(await this.postText(path, body, limits))
  }

  /** For an answer that is no JSON, such as a stream that is read as a whole. */
  async postText(path: string, body: object, limits?: AbortSignal | RequestLimits): Promise<string> {
    return this.#exchange({ method: 'POST', path, ...asJson(body) }, limits)
  }

  async deleteJson(path: string, body: object, limits?: AbortSignal | RequestLimits): Promise<unknown> {
    return parseJson(await this.#exchange({ method: 'DELETE', path, ...asJson(body) }, limits))
  }

  /** HEAD: true for success, false for 404; anything else is an error. */
  async exists(path: string, limits?: AbortSignal | RequestLimits): Promise<boolean> {
    try {
      await this.#exchange({ method: 'HEAD', path }, limits)
      return true
    } catch (error) {
      if (error instanceof EngineAnswerError && error.status === 404) return false
      throw error
    }
  }

  /**
   * For an answer of one JSON document a line (`undefined` for a line that is none). A line `{"error": …}` is an
   * EngineAnswerError: it comes under status 200. `timeoutMs` is of silence, not of the whole: 10 minutes unless said.
   */
  async postLines(
    path: string,
    body: object,
    onLine: (line: unknown) => void,
    limits?: AbortSignal | RequestLimits,
  ): Promise<void> {
    const { signal, timeoutMs = quietMs } = limitsOf(limits)
    using limit = new TimeLimit(timeoutMs)
    await this.#send({ method: 'POST', path, ...asJson(body) }, limit, signal, async (answer, status) => {
      for await (const line of linesOf(answer)) {
        limit.refresh()
        const json = parseJson(line)
        const error = errorText(json)
        if (error !== undefined)
          throw new EngineAnswerError(`POST ${this.url}${path} failed: ${this.#redact(error)}`, status)
        onLine(json)
      }
    })
  }

  /** Uploads a file as the body. `timeoutMs` is of silence, not of the whole: 10 minutes unless said. */
  async postFile(path: string, filePath: string, limits?: AbortSignal | RequestLimits): Promise<void> {
    const { signal, timeoutMs = quietMs } = limitsOf(limits)
    const { size } = await stat(filePath)
    using limit = new TimeLimit(timeoutMs)
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(size) }
    const file = createReadStream(filePath)
    async function* chunks() {
      for await (const chunk of file) {
        limit.refresh()
        yield chunk
      }
    }
    try {
      const body = Readable.from(chunks(), { objectMode: false })
      await this.#send({ method: 'POST', path, headers, body }, limit, signal, answer => answer.text())
    } finally {
      file.destroy()
    }
  }

  async #exchange(question: Question, limits: AbortSignal | RequestLimits | undefined): Promise<string> {
    const { signal, timeoutMs = this.#timeoutMs } = limitsOf(limits)
    using limit = new TimeLimit(timeoutMs)
    return await this.#send(question, limit, signal, answer => answer.text())
  }

  /** @throws EngineAnswerError naming method, URL, status and what the engine said; the signal's own reason. */
  async #send<T>(
    question: Question,
    limit: TimeLimit,
    signal: AbortSignal | undefined,
    read: (answer: Body, status: number) => Promise<T>,
  ): Promise<T> {
    const { method, path, headers, body } = question
    const what = `${method} ${this.url}${path}`
    let status = 0
    try {
      const answer = await request(this.url + path, {
        // A connection of its own: llama-server announces keep-alive and closes, and a request sent on it then is lost.
        reset: true,
        method,
        headers: { ...this.headers, ...headers },
        ...(body === undefined ? {} : { body }),
        signal: signal ? AbortSignal.any([limit.signal, signal]) : limit.signal,
        dispatcher: agent,
      })
      status = answer.statusCode
      if (status >= 200 && status < 300) return await read(answer.body, status)
      const text = await answer.body.text()
      throw new EngineAnswerError(`${what} answered ${status}: ${this.#refusal(status, answer.headers, text)}`, status)
    } catch (cause) {
      if (cause instanceof EngineAnswerError) throw cause
      signal?.throwIfAborted()
      const reason = limit.isOver ? `nothing came within ${limit.limitMs / 1000} s` : noAnswer(cause, this.url)
      const got = status === 0 ? 'got no answer' : `answered ${status}, then broke off`
      throw new EngineAnswerError(`${what} ${got}: ${reason}`, 0, { cause })
    }
  }

  #refusal(status: number, headers: Dispatcher.ResponseData['headers'], text: string): string {
    const said = this.#redact(errorText(parseJson(text)) ?? text.trim().slice(0, 300))
    if (status === 401 || status === 403) return `${said || 'no text'} (${this.#keyAdvice()})`
    if (status >= 300 && status < 400) return `it sends elsewhere, to ${headers.location}; give that URL instead`
    return said
  }

  #keyAdvice(): string {
    return this.#apiKey === undefined
      ? 'it wants an API key: set PERF_API_KEY'
      : 'it does not accept the API key in PERF_API_KEY'
  }

  /** Some servers repeat the key that they refuse. */
  #redact(text: string): string {
    return this.#apiKey === undefined ? text : text.replaceAll(this.#apiKey, '[redacted]')
  }
}

const limitsOf = (limits: AbortSignal | RequestLimits = {}): RequestLimits =>
  limits instanceof AbortSignal ? { signal: limits } : limits

const asJson = (body: object) => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

/** Lines that are not empty. */
async function* linesOf(body: Body): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter(line => line.trim() !== '')
  }
  if (rest.trim() !== '') yield rest
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not every answer is JSON (/metrics is not), and a proxy's error page is not either.
    return undefined
  }
}

/** `{"error": "…"}` of Ollama and vLLM's key check, `{"error": {"message": "…"}}` of OpenAI's. */
function errorText(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || !('error' in json)) return undefined
  const { error } = json
  if (typeof error === 'string') return error
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : undefined
}
