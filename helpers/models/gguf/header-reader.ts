import { readSync } from 'node:fs'
import { BadInputError } from '../../errors.ts'

const WINDOW_BYTES = 2 ** 20

/**
 * Reads a file's numbers and strings one after the other, through a window of 1 MiB. A length that the file names is held
 * against what is left of it before anything is allocated.
 */
export class HeaderReader {
  readonly #path: string
  readonly #fd: number
  readonly #fileBytes: number
  readonly #window = Buffer.alloc(WINDOW_BYTES)
  /** The part of the file that is in the window. */
  #windowStart = 0
  #windowBytes = 0
  #position = 0

  constructor(path: string, fd: number, fileBytes: number) {
    this.#path = path
    this.#fd = fd
    this.#fileBytes = fileBytes
  }

  /** Of the next byte in the file. */
  get position(): number {
    return this.#position
  }

  get leftBytes(): number {
    return this.#fileBytes - this.#position
  }

  uint8 = (): number => this.#window.readUInt8(this.#take(1))
  int8 = (): number => this.#window.readInt8(this.#take(1))
  uint16 = (): number => this.#window.readUInt16LE(this.#take(2))
  int16 = (): number => this.#window.readInt16LE(this.#take(2))
  uint32 = (): number => this.#window.readUInt32LE(this.#take(4))
  int32 = (): number => this.#window.readInt32LE(this.#take(4))
  float32 = (): number => this.#window.readFloatLE(this.#take(4))
  float64 = (): number => this.#window.readDoubleLE(this.#take(8))
  /** Rounded beyond 2⁵³, where only nonsense is. */
  uint64 = (): number => Number(this.#window.readBigUInt64LE(this.#take(8)))
  int64 = (): number => Number(this.#window.readBigInt64LE(this.#take(8)))

  /** A number of things to come, each of at least so many bytes. */
  count(what: string, leastBytesEach: number): number {
    const count = this.uint64()
    if (count * leastBytesEach <= this.leftBytes) return count
    throw this.invalid(
      `says that ${count.toLocaleString('en')} ${what} come, but only ${this.#left()} of the file are left`,
    )
  }

  /** Null for one that is longer than the window: nothing that is looked for is. */
  string(): string | null {
    const bytes = this.count('bytes of a text', 1)
    if (bytes > WINDOW_BYTES) {
      this.skip(bytes)
      return null
    }
    const at = this.#take(bytes)
    return this.#window.toString('utf8', at, at + bytes)
  }

  skip(bytes: number): void {
    if (bytes > this.leftBytes) throw this.#cut()
    this.#position += bytes
  }

  /** What is wrong with this file. */
  invalid(problem: string): BadInputError {
    return new BadInputError(
      `reading the GGUF file ${this.#path}: at byte ${this.#position.toLocaleString('en')} it ${problem}.`,
    )
  }

  /** Where the next bytes lie in the window. */
  #take(bytes: number): number {
    if (bytes > this.leftBytes) throw this.#cut()
    if (this.#position < this.#windowStart || this.#position + bytes > this.#windowStart + this.#windowBytes)
      this.#fill()
    const at = this.#position - this.#windowStart
    this.#position += bytes
    return at
  }

  #fill(): void {
    this.#windowStart = this.#position
    this.#windowBytes = 0
    while (this.#windowBytes < WINDOW_BYTES) {
      const free = WINDOW_BYTES - this.#windowBytes
      const read = readSync(this.#fd, this.#window, this.#windowBytes, free, this.#windowStart + this.#windowBytes)
      if (read === 0) return
      this.#windowBytes += read
    }
  }

  #cut(): BadInputError {
    return this.invalid('ends in the middle of its header: it is truncated. Fetch or write it again')
  }

  #left = (): string => `${this.leftBytes.toLocaleString('en')} bytes`
}
