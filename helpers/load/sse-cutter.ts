import { type EventCutter, type EventSink, MAX_LINE_BYTES } from './wire-format.ts'

const LF = 10
const CR = 13
const BYTE_ORDER_MARK = '\xef\xbb\xbf'

/**
 * Cuts an event stream into events, as the WHATWG specification of server-sent events (9.2.6) says: lines end in LF, CRLF
 * or CR, comments start with a colon, one space after `data:` is dropped, data lines are joined, an empty line ends an
 * event, an event that the end of the stream cuts off is dropped.
 *
 * Works on bytes and hands text over as latin1. UTF-8 keeps every ASCII character as it is, so cutting and JSON's structure
 * come out the same, and a character split over two reads needs no care. Use `utf8` on what people read.
 */
export class SseCutter implements EventCutter {
  readonly #sink: EventSink
  /** The beginning of a line whose end has not come yet. */
  #rest = ''
  #skipLf = false
  #firstLine = true
  #data: string | null = null
  #type = ''

  constructor(sink: EventSink) {
    this.#sink = sink
  }

  get rest(): string {
    return this.#rest
  }

  push(bytes: Buffer): void {
    const end = bytes.length
    let at = 0
    while (at < end) {
      if (this.#skipLf) {
        this.#skipLf = false
        if (bytes[at] === LF) at++
      }
      if (this.#data === null && this.#rest === '' && this.#type === '') {
        at = this.#sink.skim(bytes, at)
        if (at >= end) return
      }
      let stop = at
      while (stop < end && bytes[stop] !== LF && bytes[stop] !== CR) stop++
      const text = bytes.toString('latin1', at, stop)
      if (stop === end) {
        this.#rest += text
        if (this.#rest.length > MAX_LINE_BYTES) throw new RangeError('a line of more than 16 MiB')
        return
      }
      this.#skipLf = bytes[stop] === CR
      at = stop + 1
      const line = this.#rest + text
      this.#rest = ''
      this.#line(line)
    }
  }

  #line(raw: string): void {
    const line = this.#firstLine && raw.startsWith(BYTE_ORDER_MARK) ? raw.slice(3) : raw
    this.#firstLine = false
    if (line === '') this.#dispatch()
    else this.#field(line)
  }

  #field(line: string): void {
    const colon = line.indexOf(':')
    if (colon === 0) return
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'data') this.#data = this.#data === null ? value : `${this.#data}\n${value}`
    else if (field === 'event') this.#type = value
    else if (field !== 'id' && field !== 'retry') this.#sink.strayLine(line)
  }

  #dispatch(): void {
    const data = this.#data
    const type = this.#type
    this.#data = null
    this.#type = ''
    if (data !== null) this.#sink.event(type === '' ? 'message' : type, data)
  }
}
