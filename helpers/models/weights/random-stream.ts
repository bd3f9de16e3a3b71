import { createHash } from 'node:crypto'

/**
 * A reproducible stream of random bytes: sfc32 (Chris Doty-Humphrey, PractRand), keyed by a text.
 *
 * Weights need speed and the same bytes on every machine, not secrecy. Nothing is allocated while filling.
 */
export class RandomStream {
  readonly #state: Uint32Array

  constructor(key: string) {
    const digest = createHash('sha256').update(key).digest()
    this.#state = Uint32Array.from([0, 4, 8, 12], offset => digest.readUInt32LE(offset))
  }

  fill(target: Uint32Array): void {
    const state = this.#state
    let a = state[0] as number
    let b = state[1] as number
    let c = state[2] as number
    let counter = state[3] as number
    for (let i = 0; i < target.length; i++) {
      const value = (a + b + counter) | 0
      counter = (counter + 1) | 0
      a = b ^ (b >>> 9)
      b = (c + (c << 3)) | 0
      c = (((c << 21) | (c >>> 11)) + value) | 0
      target[i] = value
    }
    state.set([a, b, c, counter])
  }
}
