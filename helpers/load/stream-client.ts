import { Pool } from 'undici'
import { monotonicMs } from '../clock.ts'
import type { CompletionTarget } from '../engines/engine.ts'
import { Exchange, type ExchangeHost, type ExchangeLimits, type Slot } from './exchange.ts'
import type { PreparedRequest } from './load-request.ts'
import { tellEnded, tellSent } from './request-events.ts'
import type { RequestRecord } from './request-record.ts'
import { type ReadStamp, stampingConnector } from './stamping-connector.ts'
import { wireFormats } from './wire-formats.ts'

export interface StreamLimits extends ExchangeLimits {
  connectMs: number
}

/** Thirty minutes to the first token fit the longest prefill of the plans; two minutes of silence later are a stall. */
export const defaultStreamLimits: StreamLimits = { connectMs: 10_000, firstTokenMs: 30 * 60_000, stallMs: 120_000 }

/**
 * First events are parsed this much later, when a wave of streams that began together has passed. Their time is already
 * stamped; an end of the stream or a limit does not wait for it.
 */
const CATCH_UP_MS = 5

export interface StreamClientOptions {
  target: Pick<CompletionTarget, 'origin' | 'headers'>
  /** Connections at most; null for as many as there are requests outstanding. */
  connections: number | null
  limits?: Partial<StreamLimits>
}

/**
 * Sends completions and measures their streams. Keep-alive, no pipelining: a request never waits behind another on its
 * connection. undici's own timeouts are off, because it cannot tell a long prefill from a stall.
 *
 * A failed request is a record, not an exception. Nothing is ever sent twice.
 */
export class StreamClient implements AsyncDisposable {
  readonly #pool: Pool
  readonly #headers: string[]
  readonly #secrets: string[]
  readonly #limits: StreamLimits
  readonly #stamp: ReadStamp = { atMs: 0 }
  readonly #active = new Map<Exchange, (record: RequestRecord) => void>()
  readonly #host: ExchangeHost = {
    stamp: this.#stamp,
    postpone: exchange => this.#postpone(exchange),
    ended: (exchange, record) => this.#ended(exchange, record),
  }
  #postponed: Exchange[] = []
  readonly #watch: NodeJS.Timeout
  readonly #watchEveryMs: number
  #watchedAtMs = monotonicMs()

  constructor({ target, connections, limits }: StreamClientOptions) {
    this.#limits = { ...defaultStreamLimits, ...limits }
    this.#pool = new Pool(target.origin, {
      connections,
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: stampingConnector(this.#stamp, this.#limits.connectMs),
    })
    this.#headers = ['content-type', 'application/json', ...Object.entries(target.headers).flat()]
    this.#secrets = secretsOf(target.headers)
    this.#watchEveryMs = Math.min(1000, this.#limits.stallMs / 4, this.#limits.firstTokenMs / 4)
    this.#watch = setInterval(() => this.#enforceLimits(), this.#watchEveryMs).unref()
  }

  get outstanding(): number {
    return this.#active.size
  }

  /** Sends now. Resolves when the request has ended, one way or the other, and never rejects. */
  send(request: PreparedRequest, slot: Slot): Promise<RequestRecord> {
    return new Promise(resolve => {
      const exchange = new Exchange(request, slot, this.#host)
      this.#active.set(exchange, resolve)
      const accept = wireFormats[request.protocol].contentType
      const headers = [...this.#headers, 'accept', accept, 'x-request-id', encodeURIComponent(request.id)]
      tellSent()
      this.#pool.dispatch({ path: request.path, method: 'POST', headers, body: request.payload }, exchange)
    })
  }

  /** Ends every outstanding request as `aborted`. */
  abort(reason: string): void {
    for (const exchange of [...this.#active.keys()]) exchange.abort('aborted', reason)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#watch)
    this.abort('the client was closed')
    await this.#pool.destroy()
  }

  #postpone(exchange: Exchange): void {
    this.#postponed.push(exchange)
    if (this.#postponed.length === 1) setTimeout(() => this.#catchUp(), CATCH_UP_MS)
  }

  #catchUp(): void {
    const postponed = this.#postponed
    this.#postponed = []
    for (const exchange of postponed) exchange.catchUp()
  }

  #ended(exchange: Exchange, record: RequestRecord): void {
    const resolve = this.#active.get(exchange)
    this.#active.delete(exchange)
    if (resolve === undefined) return
    // What follows a request (its record, the next one) must not delay the stamps of reads that are waiting.
    setImmediate(() => {
      const told = this.#withoutSecrets(record)
      resolve(told)
      tellEnded(told)
    })
  }

  /** A server that refuses a key may repeat it in its message. */
  #withoutSecrets(record: RequestRecord): RequestRecord {
    if (record.state !== 'failed') return record
    const message = this.#secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), record.message)
    return { ...record, message }
  }

  #enforceLimits(): void {
    const nowMs = monotonicMs()
    // After a pause of this process (a blocked loop, a suspended machine) reads are waiting that would be taken for silence.
    const wasPaused = nowMs - this.#watchedAtMs > 3 * this.#watchEveryMs
    this.#watchedAtMs = nowMs
    if (wasPaused) return
    for (const exchange of [...this.#active.keys()]) exchange.enforce(this.#limits, nowMs)
  }
}

/** What a target's headers carry that nobody else may read: keys, with and without the scheme before them. */
function secretsOf(headers: Record<string, string>): string[] {
  return Object.entries(headers)
    .filter(([name]) => /auth|key|token|secret|cookie/i.test(name))
    .map(([, value]) => value.replace(/^(Bearer|Basic|Token) /i, ''))
    .filter(secret => secret !== '')
}
