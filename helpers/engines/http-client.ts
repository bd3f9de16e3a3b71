import { CouldNotMeasureError } from '../errors.ts'

/** An answer other than success, or none at all. `status` is 0 where there was none. */
export class EngineAnswerError extends CouldNotMeasureError {
  readonly status: number

  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** Requests to an engine's control routes. The load client has its own, faster one. */
export class HttpClient {
  readonly url: string
  /** Sent with every request; holds the API key, so it is never part of a message. */
  readonly headers: Record<string, string>
  readonly #timeoutMs: number

  constructor(url: string, options: { apiKey?: string; timeoutMs?: number } = {}) {
    this.url = url.replace(/\/+$/, '')
    this.headers = options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }
    this.#timeoutMs = options.timeoutMs ?? 30_000
  }

  async getJson(path: string, signal?: AbortSignal): Promise<unknown> {
    return (await this.#send('GET', path, undefined, signal)).json
  }

  async getText(path: string, signal?: AbortSignal): Promise<string> {
    return (await this.#send('GET', path, undefined, signal)).text
  }

  async postJson(path: string, body: object, signal?: AbortSignal): Promise<unknown> {
    return (await this.#send('POST', path, JSON.stringify(body), signal)).json
  }

  /** @throws EngineAnswerError naming method, URL, status and what the engine said. */
  async #send(
    method: string,
    path: string,
    body: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<{ text: string; json: unknown }> {
    const what = `${method} ${this.url}${path}`
    const limit = AbortSignal.timeout(this.#timeoutMs)
    let status = 0
    let text: string
    try {
      const response = await fetch(this.url + path, {
        method,
        headers: body === undefined ? this.headers : { ...this.headers, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body }),
        signal: signal ? AbortSignal.any([limit, signal]) : limit,
      })
      status = response.status
      text = await response.text()
    } catch (cause) {
      signal?.throwIfAborted()
      throw new EngineAnswerError(`${what} got no answer: ${reasonOf(cause)}`, 0, { cause })
    }
    const json = parseJson(text)
    if (status === 200) return { text, json }
    throw new EngineAnswerError(`${what} answered ${status}: ${errorText(json) ?? text.slice(0, 300)}`, status)
  }
}

/** fetch() says "fetch failed" and keeps the reason in `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not every answer is JSON (/metrics is not), and a proxy's error page is not either.
    return undefined
  }
}

function errorText(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || !('error' in json)) return undefined
  const { error } = json
  if (typeof error === 'string') return error
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : undefined
}
