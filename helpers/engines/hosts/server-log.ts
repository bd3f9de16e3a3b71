import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'

const keptLines = 200
const shownLines = 20

/** The last lines of a server's log, without colour codes, stdout and stderr together in the order they came. */
export class ServerLog {
  readonly #lines: string[] = []
  readonly #onLine: ((line: string) => void) | undefined
  readonly #readers: Promise<void>[] = []

  constructor(onLine?: (line: string) => void) {
    this.#onLine = onLine
  }

  /** Takes every line of a stream; a stream that breaks ends like any other. */
  follow(stream: Readable): void {
    const lines = createInterface({ input: stream })
    lines.on('line', line => this.#add(stripVTControlCharacters(line)))
    this.#readers.push(
      new Promise(resolve => {
        lines.once('close', resolve)
        stream.once('error', () => lines.close())
        stream.once('close', () => lines.close())
      }),
    )
  }

  /** Resolves once every stream that is followed has ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#readers)
  }

  tail(): string[] {
    return this.#lines.slice(-shownLines)
  }

  /** All lines that are still kept. */
  kept(): string[] {
    return [...this.#lines]
  }

  /** Whether a line that is still kept says so. */
  says(pattern: RegExp): boolean {
    return this.#lines.some(line => pattern.test(line))
  }

  #add(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > keptLines) this.#lines.shift()
    this.#onLine?.(line)
  }
}
