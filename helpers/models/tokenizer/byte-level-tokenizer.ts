import type { Architecture } from '../architecture.ts'

/** Smallest vocabulary: all bytes, the control tokens and some words. */
export const smallestVocabulary = 512

/** A byte-level BPE tokenizer: any text survives it, and every id of the vocabulary is a token of its own. */
export interface Tokenizer {
  /** By id: bytes and words in byte-level BPE's alphabet, then the control tokens. */
  tokens: readonly string[]
  /** Pairs of tokens that become one, the first one first: `Ġ ab`. */
  merges: readonly string[]
  /** Ids from here on are control tokens. */
  controlFrom: number
  /** Tokens that are letters, or a space and letters. Each is a visible piece of text by itself. */
  isWord(token: number): boolean
  /** `<|endoftext|>`: stands where a beginning or a padding must be named. */
  endOfText: number
  /** The token that ends an answer, `<|im_end|>`. */
  endOfSequence: number
}

const controlTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const
/** Stand around an image's tokens, and for each of them. */
const imageTokens = ['<|vision_start|>', '<|vision_end|>', '<|image_pad|>'] as const

/** The latest, because models of a run share a vocabulary and one of real size takes 100 ms and 40 MB of garbage. */
let latest: { key: string; tokenizer: Tokenizer } | undefined

/**
 * A tokenizer with exactly `vocabulary` tokens: the 256 bytes, then words by merges, then control tokens; in a family that
 * names images in its text, also those for them.
 *
 * Words are pairs of letters, then the same after a space, triples and quads, so English takes about 2.5 tokens a word.
 * Throws a RangeError for a vocabulary below `smallestVocabulary` or beyond half a million.
 */
export function byteLevelTokenizer({ vocabulary, family }: Pick<Architecture, 'vocabulary' | 'family'>): Tokenizer {
  const control = family === 'qwen2vl' ? [...controlTokens, ...imageTokens] : controlTokens
  const key = `${vocabulary} ${control.length}`
  if (latest?.key !== key) latest = { key, tokenizer: makeTokenizer(vocabulary, control) }
  return latest.tokenizer
}

function makeTokenizer(vocabulary: number, control: readonly string[]): Tokenizer {
  if (vocabulary < smallestVocabulary) {
    throw new RangeError(`a vocabulary of ${vocabulary} tokens is too small: at least ${smallestVocabulary} are needed`)
  }
  const tokens = byteTokens()
  const merges: string[] = []
  const wordsEnd = vocabulary - control.length
  for (const [left, right] of wordMerges()) {
    if (tokens.length === wordsEnd) break
    merges.push(`${left} ${right}`)
    tokens.push(left + right)
  }
  if (tokens.length < wordsEnd) {
    throw new RangeError(
      `a vocabulary of ${vocabulary} tokens is too large: at most ${tokens.length + control.length} can be made`,
    )
  }
  tokens.push(...control)
  return {
    tokens,
    merges,
    controlFrom: wordsEnd,
    endOfText: wordsEnd,
    endOfSequence: wordsEnd + 2,
    isWord: token => token < wordsEnd && (token >= 256 || isLetter(tokens[token] as string)),
  }
}

const letters = Array.from('abcdefghijklmnopqrstuvwxyz')
const isLetter = (token: string) => /^[A-Za-z]$/.test(token)
/** How byte-level BPE writes a space. */
const space = 'Ġ'

function* wordMerges(): Generator<[left: string, right: string]> {
  const pairs = letters.flatMap(a => letters.map(b => a + b))
  const triples = () => pairs.flatMap(pair => letters.map((letter): [string, string] => [pair, letter]))
  yield* letters.flatMap(a => letters.map((b): [string, string] => [a, b]))
  yield* [...letters, ...pairs].map((word): [string, string] => [space, word])
  yield* triples()
  yield* triples().map((triple): [string, string] => [space, triple.join('')])
  // In steps that are coprime with the number of quads, so that a part of them covers the whole alphabet.
  const quads = pairs.length ** 2
  for (let i = 0, quad = 0; i < quads; i++, quad = (quad + 100_003) % quads) {
    yield [pairs[Math.floor(quad / pairs.length)] as string, pairs[quad % pairs.length] as string]
  }
}

/** GPT-2's alphabet: a printable character for each byte, itself where it is printable. */
function byteTokens(): string[] {
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
    return String.fromCharCode(printable ? byte : next++)
  })
}
