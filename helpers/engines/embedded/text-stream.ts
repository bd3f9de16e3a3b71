const maxTokensPerCharacter = 4

/**
 * Turns tokens into text that can be sent: a character whose bytes are not all there yet is held back, and so is what
 * may become a stop string. One per request.
 */
export class TextStream {
  readonly #detokenize: (tokens: number[]) => string
  readonly #stop: string[]
  #pending: number[] = []
  #held = ''

  constructor(detokenize: (tokens: number[]) => string, stop: string[]) {
    this.#detokenize = detokenize
    this.#stop = stop.filter(text => text !== '')
  }

  /** The text that may be sent now, and whether a stop string ended it (the stop string is not part of it). */
  push(token: number): { text: string; stopped: boolean } {
    this.#pending.push(token)
    const text = this.#detokenize(this.#pending)
    if (text.endsWith('\uFFFD') && this.#pending.length < maxTokensPerCharacter) return { text: '', stopped: false }
    this.#pending = []
    return this.#stop.length === 0 ? { text, stopped: false } : this.#release(text)
  }

  /** What is still held back when the stream ends otherwise. */
  flush(): string {
    const rest = this.#held + this.#detokenize(this.#pending)
    this.#held = ''
    this.#pending = []
    return rest
  }

  #release(text: string): { text: string; stopped: boolean } {
    const held = this.#held + text
    const found = this.#stop.map(stop => held.indexOf(stop)).filter(index => index >= 0)
    if (found.length > 0) {
      this.#held = ''
      return { text: held.slice(0, Math.min(...found)), stopped: true }
    }
    const keep = Math.max(...this.#stop.map(stop => overlap(held, stop)))
    this.#held = held.slice(held.length - keep)
    return { text: held.slice(0, held.length - keep), stopped: false }
  }
}

/** Length of the longest end of `text` that begins `stop`. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length
  }
  return 0
}
