/** What a cutter hands over. All text is latin1: one character a byte (see `SseCutter`). */
export interface SseSink {
  /**
   * Called where an event may begin. May consume whole events starting at `from` and returns where it stopped; `from`
   * when it takes none. This is the hot path: everything that is left goes through lines.
   */
  skim(bytes: Uint8Array, from: number): number
  /** A complete event: its type (`message` unless the stream says otherwise) and its data, lines joined by `\n`. */
  event(type: string, data: string): void
  /** A line that is neither a comment nor a field of the specification. */
  strayLine(line: string): void
}

/** A line of this size is not an event of any engine: something endless is being sent. */
const MAX_LINE_BYTES = 16 * 2 ** 20

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
export class SseCutter {
  readonly #sink: SseSink
  /** The beginning of a line whose end has not come yet. */
  #rest = ''
  #skipLf = false
  #firstLine = true
  #data: string | null = null
  #type = ''

  constructor(sink: SseSink) {
    this.#sink = sink
  }

  /** Text after the last line end: not an event, but it may be the message of a server that gave up. */
  get rest(): string {
    return this.#rest
  }

  /** @throws RangeError when a line passes 16 MiB. */
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

/** The text of latin1 characters that are really the bytes of UTF-8. */
export const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8')
