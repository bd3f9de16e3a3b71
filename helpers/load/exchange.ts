import type { Dispatcher } from 'undici'
import { monotonicMs } from '../clock.ts'
import { errorMessage, errorRecord, excerpt, messageOf, tellsOfDeadProcess } from './completion-event.ts'
import { CompletionStream } from './completion-stream.ts'
import type { PreparedRequest } from './load-request.ts'
import type { FailureClass, RequestRecord } from './request-record.ts'
import type { ReadStamp } from './stamping-connector.ts'
import type { WireFormat } from './wire-format.ts'
import { wireFormats } from './wire-formats.ts'

/** Where a request belongs, and when its schedule wanted it to leave. */
export interface Slot {
  batch: number
  chunk: number
  scheduledAtMs: number
}

export interface ExchangeLimits {
  /** From sending to the first event with a token. Long: prefill of a long prompt on a small machine takes minutes. */
  firstTokenMs: number
  /** Between two events once tokens flow. */
  stallMs: number
}

/** An answer that is not a stream is kept up to this size, for its message. */
const MAX_BODY_BYTES = 64 * 2 ** 10

/** What an exchange needs of its client. */
export interface ExchangeHost {
  readonly stamp: ReadStamp
  /** Calls `catchUp` a little later. */
  postpone(exchange: Exchange): void
  ended(exchange: Exchange, record: RequestRecord): void
}

type Answer =
  | { kind: 'none' }
  /** In the form that was asked for: a stream, or one document. */
  | { kind: 'answer' }
  /** Something else: an error with its status, or a JSON document under 200 instead of a stream. */
  | { kind: 'document'; chunks: Buffer[]; bytes: number }

/** One request on the wire: undici calls it, it stamps and appends; at the end it makes the record. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: PreparedRequest
  readonly #slot: Slot
  readonly #host: ExchangeHost
  readonly #dispatchedAtMs = monotonicMs()
  readonly #format: WireFormat
  readonly #stream: CompletionStream
  #sentAtMs: number | null = null
  #status: number | null = null
  #answer: Answer = { kind: 'none' }
  #controller: Dispatcher.DispatchController | null = null
  #isSettled = false
  /** Reads that are stamped but not parsed yet. */
  #postponed: { chunk: Buffer; atMs: number }[] = []

  constructor(request: PreparedRequest, slot: Slot, host: ExchangeHost) {
    this.#request = request
    this.#slot = slot
    this.#host = host
    this.#format = wireFormats[request.protocol]
    this.#stream = new CompletionStream(this.#format)
  }

  /** Ends the request as a failure, wherever it is. */
  abort(failure: FailureClass, message: string): void {
    this.catchUp()
    if (this.#isSettled) return
    this.#fail(failure, message)
    this.#controller?.abort(new Error(message))
  }

  /** Ends the request if it waits longer than it may. */
  enforce(limits: ExchangeLimits, nowMs: number): void {
    this.catchUp()
    if (this.#sentAtMs === null || this.#stream.doneAtMs !== null) return
    const { lastEventAtMs, arrivalsAtMs } = this.#stream
    if (arrivalsAtMs.length === 0) {
      if (nowMs - this.#sentAtMs > limits.firstTokenMs) {
        this.abort('first-byte-timeout', `no token within ${limits.firstTokenMs} ms of sending`)
      }
    } else if (lastEventAtMs !== null && nowMs - lastEventAtMs > limits.stallMs) {
      const seen = `${arrivalsAtMs.length} events with a token`
      this.abort('stall', `nothing for ${limits.stallMs} ms after ${seen}`)
    }
  }

  // undici calls this on the connection that the request goes out on, right before it writes.
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isSettled) controller.abort(new Error('aborted before it was sent'))
    else this.#sentAtMs = monotonicMs()
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return
    this.#status = status
    const isJson = String(headers['content-type'] ?? '').startsWith('application/json')
    const isAnswer = status === 200 && !(this.#format.isStreamed && isJson)
    this.#answer = isAnswer ? { kind: 'answer' } : { kind: 'document', chunks: [], bytes: 0 }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const answer = this.#answer
    if (answer.kind === 'answer') {
      if (this.#stream.isFast && this.#postponed.length === 0) this.#push(chunk, this.#host.stamp.atMs)
      else this.#postpone(chunk)
    } else if (answer.kind === 'document' && answer.bytes < MAX_BODY_BYTES) {
      answer.chunks.push(chunk)
      answer.bytes += chunk.length
    }
  }

  /** Reads what was postponed. */
  catchUp(): void {
    const postponed = this.#postponed
    this.#postponed = []
    for (const { chunk, atMs } of postponed) this.#push(chunk, atMs)
  }

  /**
   * Streams that were sent together begin together, and the first events cost the most: they are parsed in full and
   * teach the template. So they wait until the other streams' first reads have their stamps.
   */
  #postpone(chunk: Buffer): void {
    this.#postponed.push({ chunk, atMs: this.#host.stamp.atMs })
    if (this.#postponed.length === 1) this.#host.postpone(this)
  }

  #push(chunk: Buffer, atMs: number): void {
    this.#stream.push(chunk, atMs)
    const failure = this.#stream.failure
    if (failure !== null) this.abort(failure.failure, failure.message)
  }

  onResponseEnd(): void {
    this.catchUp()
    if (this.#isSettled) return
    if (this.#answer.kind === 'document') this.#endDocument(this.#answer.chunks)
    else this.#endStream()
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.catchUp()
    if (this.#isSettled) return
    // The stream was whole; what happens to the connection after its last event is not the request's business.
    if (this.#stream.isComplete) this.#complete()
    else if (this.#sentAtMs === null) this.#fail('connect', `no connection: ${describe(error)}`)
    else this.#fail('connection-reset', `the connection broke: ${describe(error)}`)
  }

  #endStream(): void {
    const failure = this.#stream.end()
    if (failure !== null) this.#fail(failure.failure, failure.message)
    else this.#complete()
  }

  #endDocument(chunks: Buffer[]): void {
    const body = Buffer.concat(chunks).toString('latin1')
    const message = documentError(body)
    if (this.#status !== 200) {
      const text = message ?? (excerpt(body) || 'no body')
      // Before the first byte of a stream the router can still say by a status that its model's process is gone.
      this.#fail(tellsOfDeadProcess(text) ? 'proxy-error' : 'http-status', `HTTP ${this.#status}: ${text}`)
    } else if (message !== null) {
      this.#fail(errorRecord(message).failure, message)
    } else {
      this.#fail('incomplete-stream', `a JSON document instead of a stream: ${excerpt(body)}`)
    }
  }

  #complete(): void {
    const { usage, finishReason, doneAtMs, timings, arrivalsAtMs, firstAnswerAtMs, finishedAtMs } = this.#stream
    const sentAtMs = this.#sentAtMs
    if (usage === null || finishReason === null || doneAtMs === null || sentAtMs === null) {
      throw new Error('a stream that is not complete was taken for complete')
    }
    const expected = this.#request.expectedCompletionTokens
    if (expected !== null && usage.completionTokens !== expected) {
      this.#fail('wrong-length', `${expected} tokens asked for, the engine's usage says ${usage.completionTokens}`)
      return
    }
    this.#isSettled = true
    const success = {
      ...this.#base(doneAtMs),
      finishReason,
      promptTokens: usage.promptTokens,
      completionTokens: usage.completionTokens,
      cachedTokens: usage.cachedTokens ?? timings?.cachedTokens ?? null,
      timings:
        timings === null
          ? null
          : { promptMs: timings.promptMs, predictedMs: timings.predictedMs, loadMs: timings.loadMs },
    }
    if (!this.#format.isStreamed) {
      this.#host.ended(this, { ...success, state: 'whole' })
      return
    }
    const firstAtMs = arrivalsAtMs[0] ?? finishedAtMs ?? doneAtMs
    this.#host.ended(this, {
      ...success,
      state: 'completed',
      ttftMs: micros(firstAtMs - sentAtMs),
      ttfotMs: firstAnswerAtMs === null ? null : micros(firstAnswerAtMs - sentAtMs),
      arrivalsMs: arrivalsAtMs.map(atMs => micros(atMs - sentAtMs)),
    })
  }

  #fail(failure: FailureClass, message: string): void {
    this.#isSettled = true
    this.#host.ended(this, {
      ...this.#base(monotonicMs()),
      state: 'failed',
      failure,
      message,
      httpStatus: this.#status,
      tokensSeen: this.#stream.arrivalsAtMs.length,
    })
  }

  #base(endedAtMs: number) {
    const { batch, chunk, scheduledAtMs } = this.#slot
    return {
      id: this.#request.id,
      batch,
      chunk,
      scheduledAtMs: micros(scheduledAtMs),
      sentAtMs: micros(this.#sentAtMs ?? this.#dispatchedAtMs),
      endedAtMs: micros(endedAtMs),
    }
  }
}

/** Milliseconds, rounded to whole microseconds: finer digits say nothing and fill the disk. */
const micros = (ms: number): number => Math.round(ms * 1000) / 1000

function documentError(body: string): string | null {
  try {
    return errorMessage(JSON.parse(body))
  } catch {
    // Not JSON: the caller shows the beginning of the text.
    return null
  }
}

function describe(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  const text = `${messageOf(error) || error.name}${code === null ? '' : ` (${code})`}`
  if (code === null || !untrusted.has(code)) return text
  return `${text}. Node does not trust the server's certificate: name the file of the authority that signed it in NODE_EXTRA_CA_CERTS`
}

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])
