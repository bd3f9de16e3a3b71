/** Little-endian numbers and length-prefixed strings into a buffer that grows. */
export class ByteWriter {
  #buffer = Buffer.alloc(64 * 1024)
  #length = 0

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  uint8(value: number): void {
    this.#length = this.#room(1).writeUInt8(value, this.#length)
  }

  uint32(value: number): void {
    this.#length = this.#room(4).writeUInt32LE(value, this.#length)
  }

  int32(value: number): void {
    this.#length = this.#room(4).writeInt32LE(value, this.#length)
  }

  float32(value: number): void {
    this.#length = this.#room(4).writeFloatLE(value, this.#length)
  }

  uint64(value: number): void {
    this.uint32(value % 2 ** 32)
    this.uint32(Math.floor(value / 2 ** 32))
  }

  string(value: string): void {
    const bytes = Buffer.byteLength(value)
    this.uint64(bytes)
    this.#length += this.#room(bytes).write(value, this.#length)
  }

  /** Four letters without a length. */
  magic(value: string): void {
    this.#length += this.#room(value.length).write(value, this.#length, 'latin1')
  }

  /** Zeros up to the next multiple. */
  align(multiple: number): void {
    const padding = (multiple - (this.#length % multiple)) % multiple
    this.#room(padding).fill(0, this.#length, this.#length + padding)
    this.#length += padding
  }

  #room(bytes: number): Buffer {
    if (this.#length + bytes > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(this.#buffer.length * 2, this.#length + bytes))
      this.#buffer.copy(grown, 0, 0, this.#length)
      this.#buffer = grown
    }
    return this.#buffer
  }
}
