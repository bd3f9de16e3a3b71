import {
  type CompletionChunk,
  type CompletionEvent,
  type EngineTimings,
  messageOf,
  type Usage,
} from './completion-event.ts'
import { openaiFormat } from './openai-format.ts'
import type { FailureClass } from './request-record.ts'
import { learnTemplate, matchTemplate, type TokenTemplate } from './token-template.ts'
import type { EventCutter, EventSink, WireFormat } from './wire-format.ts'

export interface StreamFailure {
  failure: FailureClass
  message: string
}

/** Templates in a row that matched nothing before learning is given up: every event of such a stream differs. */
const FRUITLESS_TEMPLATES = 4

/** What one streamed completion has said so far. Knows nothing of connections; every stamp is the caller's. */
export class CompletionStream implements EventSink {
  /** When each event with a token arrived, on the monotonic clock. */
  readonly arrivalsAtMs: number[] = []
  firstAnswerAtMs: number | null = null
  finishReason: string | null = null
  finishedAtMs: number | null = null
  usage: Usage | null = null
  timings: EngineTimings | null = null
  /** When the last event of a whole stream arrived. */
  doneAtMs: number | null = null
  failure: StreamFailure | null = null
  /** The last event of any kind; comments do not count. */
  lastEventAtMs: number | null = null

  readonly #format: WireFormat
  readonly #cutter: EventCutter
  #nowMs = 0
  #template: TokenTemplate | null = null
  #templateHits = 0
  #fruitless = 0

  /** @param format OpenAI's unless said. */
  constructor(format: WireFormat = openaiFormat) {
    this.#format = format
    this.#cutter = format.cutter(this)
  }

  /** Whether most events are read without being parsed. */
  get isFast(): boolean {
    return this.#template !== null
  }

  /** Takes what one read brought. After a failure nothing more is looked at. */
  push(bytes: Buffer, atMs: number): void {
    if (this.failure !== null) return
    this.#nowMs = atMs
    try {
      this.#cutter.push(bytes)
    } catch (error) {
      this.#fail('malformed-event', messageOf(error))
    }
  }

  /** The stream ended cleanly. Returns why it is not complete, or null when it is. */
  end(): StreamFailure | null {
    if (this.failure !== null) return this.failure
    if (this.doneAtMs === null && this.#cutter.rest !== '') this.strayLine(this.#cutter.rest)
    if (this.failure !== null) return this.failure
    const missing = [
      this.finishReason === null ? 'a finish reason' : null,
      this.usage === null ? 'usage' : null,
      this.doneAtMs === null ? this.#format.lastEvent : null,
    ].filter(part => part !== null)
    if (missing.length === 0) return null
    const seen = `${this.arrivalsAtMs.length} events with a token`
    this.#fail('incomplete-stream', `the stream ended after ${seen} without ${missing.join(', ')}`)
    return this.failure
  }

  get isComplete(): boolean {
    return this.failure === null && this.doneAtMs !== null && this.finishReason !== null && this.usage !== null
  }

  skim(bytes: Uint8Array, from: number): number {
    const template = this.#template
    if (template === null || this.failure !== null) return from
    let at = from
    for (;;) {
      const next = matchTemplate(template, bytes, at)
      if (next === -1) break
      this.arrivalsAtMs.push(this.#nowMs)
      this.#templateHits++
      at = next
    }
    if (at !== from) {
      this.lastEventAtMs = this.#nowMs
      if (template.kind === 'answer') this.firstAnswerAtMs ??= this.#nowMs
    }
    return at
  }

  event(type: string, data: string): void {
    if (this.failure !== null) return
    this.lastEventAtMs = this.#nowMs
    this.#take(this.#format.read(type, data), data)
  }

  strayLine(line: string): void {
    if (this.failure !== null) return
    const event = this.#format.readStray(line)
    if (event !== null) this.#take(event, line)
  }

  #take(event: CompletionEvent, data: string): void {
    if (event.kind === 'failure') this.#fail(event.failure, event.message)
    else this.#chunk(event, data)
  }

  #chunk(event: CompletionChunk, data: string): void {
    if (event.usage !== null) this.usage = event.usage
    if (event.timings !== null) this.timings = event.timings
    if (event.isLast) this.doneAtMs ??= this.#nowMs
    if (event.finishReason !== null) {
      this.finishReason = event.finishReason
      this.finishedAtMs ??= this.#nowMs
    }
    if (event.answer === '' && event.reasoning === '') return
    this.arrivalsAtMs.push(this.#nowMs)
    if (event.answer !== '') this.firstAnswerAtMs ??= this.#nowMs
    if (event.finishReason === null) this.#learn(event, data)
  }

  /** Learns when there is no template, or when the one there is stopped fitting (a new kind of token, a new `created`). */
  #learn(event: CompletionChunk, data: string): void {
    if (this.#fruitless >= FRUITLESS_TEMPLATES) return
    const kind = event.answer === '' ? 'reasoning' : 'answer'
    const learnt = learnTemplate(this.#format, data, kind, kind === 'answer' ? event.answer : event.reasoning)
    // Text with an escape in it: the template that was learnt still fits the other events.
    if (learnt === null) return
    this.#fruitless = this.#template !== null && this.#templateHits === 0 ? this.#fruitless + 1 : 0
    this.#template = learnt
    this.#templateHits = 0
  }

  #fail(failure: FailureClass, message: string): void {
    this.failure = { failure, message }
  }
}
