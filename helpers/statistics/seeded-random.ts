/**
 * Random numbers in [0, 1) with 53 bits, the same for the same seed on every machine: xoshiro128** 1.1, its state
 * filled by SplitMix64 (Blackman & Vigna 2021, "Scrambled Linear Pseudorandom Number Generators", prng.di.unimi.it).
 * Good for resampling and simulation, not for secrets.
 *
 * @param seed a whole number; taken modulo 2^64
 */
export function seededRandom(seed: number): () => number {
  const next = xoshiro128(splitMix64(BigInt(Math.trunc(seed))))
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53
}

/** Standard normal numbers from uniform ones, by Marsaglia's polar method. */
export function normalNumbers(random: () => number): () => number {
  let spare: number | null = null
  return () => {
    if (spare !== null) {
      const value = spare
      spare = null
      return value
    }
    for (;;) {
      const u = 2 * random() - 1
      const v = 2 * random() - 1
      const s = u * u + v * v
      if (s >= 1 || s === 0) continue
      const scale = Math.sqrt((-2 * Math.log(s)) / s)
      spare = v * scale
      return u * scale
    }
  }
}

type State = [number, number, number, number]

/** The generator itself: whole numbers below 2^32. */
export function xoshiro128([a, b, c, d]: State): () => number {
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotateLeft(d, 11)
    return result
  }
}

const rotateLeft = (x: number, bits: number) => (x << bits) | (x >>> (32 - bits))

function splitMix64(seed: bigint): State {
  let state = seed
  const next = () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n)
    let z = state
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n)
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn)
    return z ^ (z >> 31n)
  }
  const halves = (word: bigint) => [Number(word & 0xffffffffn), Number(word >> 32n)] as const
  return [...halves(next()), ...halves(next())]
}
