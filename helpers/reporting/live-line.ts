/** A terminal, or something that stands for one. */
export type Terminal = NodeJS.WritableStream & { isTTY?: boolean; columns?: number }

const ERASE = '\r\x1b[2K'

/**
 * One transient line at the bottom of a terminal. Whatever anybody else writes to the given streams meanwhile appears
 * above it: writes are intercepted from the first `show` to the next `clear`, as vitest's own live summary does it.
 */
export class LiveLine {
  readonly #terminal: Terminal
  readonly #others: readonly NodeJS.WritableStream[]
  readonly #write: NodeJS.WritableStream['write']
  #text = ''
  /** The cursor stands at the start of a line, so that drawing destroys nothing. */
  #atLineStart = true
  #restore: (() => void)[] = []

  /** `others` are streams that end on the same screen, such as stderr. */
  constructor(terminal: Terminal, others: readonly NodeJS.WritableStream[] = []) {
    this.#terminal = terminal
    this.#others = others
    this.#write = terminal.write.bind(terminal)
  }

  show(text: string): void {
    if (this.#restore.length === 0) this.#restore = [this.#terminal, ...this.#others].map(s => this.#intercept(s))
    this.#erase()
    this.#text = text
    this.#draw()
  }

  clear(): void {
    this.#erase()
    this.#text = ''
    for (const restore of this.#restore.splice(0)) restore()
  }

  #draw(): void {
    if (this.#text !== '' && this.#atLineStart) this.#write(this.#text)
  }

  #erase(): void {
    if (this.#text !== '' && this.#atLineStart) this.#write(ERASE)
  }

  #intercept(stream: NodeJS.WritableStream): () => void {
    const own = Object.getOwnPropertyDescriptor(stream, 'write')
    const write = stream.write.bind(stream)
    const intercepted = (...args: Parameters<typeof write>): boolean => {
      this.#erase()
      const flushed = write(...args)
      this.#atLineStart = endsLine(args[0])
      this.#draw()
      return flushed
    }
    Object.defineProperty(stream, 'write', { value: intercepted, configurable: true, writable: true })
    return () => {
      if (own) Object.defineProperty(stream, 'write', own)
      else Reflect.deleteProperty(stream, 'write')
    }
  }
}

/** Output of child processes comes as bytes. */
function endsLine(chunk: string | Uint8Array): boolean {
  return typeof chunk === 'string' ? chunk.endsWith('\n') : chunk.at(-1) === 0x0a
}
