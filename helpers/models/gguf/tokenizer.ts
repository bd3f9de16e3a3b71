import { chatTemplate } from './chat-template.ts'
import { bool, int32s, type MetadataValue, strings, text, uint32 } from './metadata.ts'

/** Smallest vocabulary: all bytes, the control tokens and some words. */
export const smallestVocabulary = 512

/** A byte-level BPE tokenizer: any text survives it, and every id of the vocabulary is a token of its own. */
export interface Tokenizer {
  tokens: readonly string[]
  metadata: Record<string, MetadataValue>
  /** Tokens that are letters, or a space and letters. Each is a visible piece of text by itself. */
  isWord(token: number): boolean
  /** The token that ends an answer, `<|im_end|>`. */
  endOfSequence: number
}

const controlTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const
const tokenTypes = { normal: 1, control: 3 } as const

/** The latest, because models of a run share a vocabulary and one of real size takes 100 ms and 40 MB of garbage. */
let latest: Tokenizer | undefined

/**
 * A tokenizer with exactly `vocabulary` tokens: the 256 bytes, then words by merges, then control tokens.
 *
 * Words are pairs of letters, then the same after a space, triples and quads, so English takes about 2.5 tokens a word.
 * Throws a RangeError for a vocabulary below `smallestVocabulary` or beyond half a million.
 */
export function byteLevelTokenizer(vocabulary: number): Tokenizer {
  if (latest?.tokens.length !== vocabulary) latest = makeTokenizer(vocabulary)
  return latest
}

function makeTokenizer(vocabulary: number): Tokenizer {
  if (vocabulary < smallestVocabulary) {
    throw new RangeError(`a vocabulary of ${vocabulary} tokens is too small: at least ${smallestVocabulary} are needed`)
  }
  const tokens = byteTokens()
  const merges: string[] = []
  const wordsEnd = vocabulary - controlTokens.length
  for (const [left, right] of wordMerges()) {
    if (tokens.length === wordsEnd) break
    merges.push(`${left} ${right}`)
    tokens.push(left + right)
  }
  if (tokens.length < wordsEnd) {
    throw new RangeError(`a vocabulary of ${vocabulary} tokens is too large: at most ${tokens.length + 3} can be made`)
  }
  tokens.push(...controlTokens)
  const [endOfText, , endOfSequence] = [wordsEnd, wordsEnd + 1, wordsEnd + 2] as const
  return {
    tokens,
    endOfSequence,
    isWord: token => token < wordsEnd && (token >= 256 || isLetter(tokens[token] as string)),
    metadata: {
      'tokenizer.ggml.model': text('gpt2'),
      'tokenizer.ggml.pre': text('qwen2'),
      'tokenizer.ggml.tokens': strings(tokens),
      'tokenizer.ggml.token_type': int32s(
        tokens.map((_, token) => (token < wordsEnd ? tokenTypes.normal : tokenTypes.control)),
      ),
      'tokenizer.ggml.merges': strings(merges),
      'tokenizer.ggml.bos_token_id': uint32(endOfText),
      'tokenizer.ggml.eos_token_id': uint32(endOfSequence),
      'tokenizer.ggml.padding_token_id': uint32(endOfText),
      'tokenizer.ggml.add_bos_token': bool(false),
      'tokenizer.chat_template': text(chatTemplate),
    },
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
