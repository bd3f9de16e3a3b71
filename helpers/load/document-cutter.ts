import { type EventCutter, MAX_LINE_BYTES } from './wire-format.ts'

/** Cuts nothing: an answer in one piece is its own rest, whole when the connection says so. */
export class DocumentCutter implements EventCutter {
  #text = ''

  get rest(): string {
    return this.#text
  }

  push(bytes: Buffer): void {
    this.#text += bytes.toString('latin1')
    if (this.#text.length > MAX_LINE_BYTES) throw new RangeError('an answer of more than 16 MiB')
  }
}
