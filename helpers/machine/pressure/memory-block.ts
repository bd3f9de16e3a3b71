import { randomFillSync } from 'node:crypto'

const MIB = 2 ** 20
/** Reading one byte touches its page; no kernel has smaller ones. */
const PAGE_BYTES = 4096

/**
 * Memory that is really taken: every page is written, with bytes that neither zram nor zswap can make smaller (as the
 * weights of a quantised model). The same MiB is copied all over, which is faster than drawing each byte. Taken from the
 * system in pieces: those of many MiB may be made of huge pages, which are much faster to get.
 */
export class MemoryBlock {
  readonly #pattern = randomFillSync(Buffer.allocUnsafeSlow(MIB))
  readonly #pieceBytes: number
  readonly #pieces: Buffer[] = []
  #bytes = 0

  /** A whole number of MiB. */
  constructor(pieceBytes = MIB) {
    this.#pieceBytes = pieceBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Takes more, a MiB at most: between the steps others may run. */
  grow(bytes: number): void {
    const at = this.#bytes % this.#pieceBytes
    if (at === 0) this.#pieces.push(Buffer.allocUnsafeSlow(this.#pieceBytes))
    const length = Math.min(bytes, MIB)
    this.#pattern.copy(this.#pieces.at(-1) ?? this.#pattern, at, 0, length)
    this.#bytes += length
  }

  /** Reads every page of a share of it: piece `part`, `part + parts`, … . What was swapped out comes back. */
  touch(part = 0, parts = 1): number {
    let sum = 0
    for (let index = part; index < this.#pieces.length; index += parts) {
      const piece = this.#pieces[index]?.subarray(0, this.#bytes - index * this.#pieceBytes)
      for (let at = 0; piece !== undefined && at < piece.length; at += PAGE_BYTES) sum += piece[at] ?? 0
    }
    return sum
  }
}
