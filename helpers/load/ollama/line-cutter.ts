import { type EventCutter, type EventSink, MAX_LINE_BYTES } from '../wire-format.ts'

const LF = 10

/**
 * Cuts newline-delimited JSON into lines, each an event. Works on bytes and hands text over as latin1, for the reasons
 * that sse-cutter.ts gives. Empty lines are passed over.
 */
export class LineCutter implements EventCutter {
  readonly #sink: EventSink
  /** The beginning of a line whose end has not come yet. */
  #rest = ''

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
      if (this.#rest === '') {
        at = this.#sink.skim(bytes, at)
        if (at >= end) return
      }
      const lineEnd = bytes.indexOf(LF, at)
      const line = this.#rest + bytes.toString('latin1', at, lineEnd === -1 ? end : lineEnd)
      if (lineEnd === -1) {
        this.#rest = line
        if (line.length > MAX_LINE_BYTES) throw new RangeError('a line of more than 16 MiB')
        return
      }
      at = lineEnd + 1
      this.#rest = ''
      if (line.trim() !== '') this.#sink.event('message', line)
    }
  }
}
