import type { Socket } from 'node:net'
import { monotonicMs } from '../../clock.ts'

export interface HttpRequest {
  method: string
  path: string
  /** `x-request-id`; empty where there is none. */
  requestId: string
  body: Buffer
  /** When the read that completed the request reached the process. */
  receivedAtMs: number
}

const HEAD_END = '\r\n\r\n'

/**
 * The server's end of one keep-alive connection. Not node:http, because a test server must decide on every byte and every
 * write, and must cost less than the client that it measures. Knows requests with a content-length, one at a time.
 */
export class HttpConnection {
  readonly socket: Socket
  readonly #onRequest: (request: HttpRequest, connection: HttpConnection) => void
  #pending: Buffer | null = null
  #isBusy = false

  constructor(socket: Socket, onRequest: (request: HttpRequest, connection: HttpConnection) => void) {
    this.socket = socket
    this.#onRequest = onRequest
    socket.on('data', (bytes: Buffer) => {
      const atMs = monotonicMs()
      this.#pending = this.#pending === null ? bytes : Buffer.concat([this.#pending, bytes])
      this.#advance(atMs)
    })
    // A client that goes away is normal life here; `close` follows and is what counts.
    socket.on('error', () => {})
  }

  /** A whole answer. */
  reply(status: number, body: unknown, contentType = 'application/json'): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const length = Buffer.byteLength(text)
    this.socket.write(
      `HTTP/1.1 ${status} ${status < 400 ? 'OK' : 'Error'}\r\ncontent-type: ${contentType}\r\ncontent-length: ${length}\r\n\r\n${text}`,
    )
    this.done()
  }

  /** The answer was written: the next request may come. */
  done(): void {
    this.#isBusy = false
    if (this.#pending !== null) this.#advance(monotonicMs())
  }

  #advance(atMs: number): void {
    const pending = this.#pending
    if (this.#isBusy || pending === null) return
    const headEnd = pending.indexOf(HEAD_END)
    if (headEnd === -1) return
    const head = pending.toString('latin1', 0, headEnd)
    const bodyFrom = headEnd + HEAD_END.length
    const bodyTo = bodyFrom + Number(CONTENT_LENGTH.exec(head)?.[1] ?? 0)
    if (pending.length < bodyTo) return
    this.#pending = pending.length > bodyTo ? pending.subarray(bodyTo) : null
    this.#isBusy = true
    const methodEnd = head.indexOf(' ')
    const pathEnd = head.indexOf(' ', methodEnd + 1)
    const request = {
      method: head.slice(0, methodEnd),
      path: head.slice(methodEnd + 1, pathEnd),
      requestId: REQUEST_ID.exec(head)?.[1] ?? '',
      body: pending.subarray(bodyFrom, bodyTo),
      receivedAtMs: atMs,
    }
    this.#onRequest(request, this)
  }
}

const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i
const REQUEST_ID = /\r\nx-request-id: *([^\r]*)/i
