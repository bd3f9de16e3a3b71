import type { Measured } from '../measured.ts'
import { seededRandom } from '../statistics/index.ts'
import { fillerCandidates, promptWords } from './prompt-words.ts'

/** Tokens of a text as the engine counts them, without special tokens. */
export type TokenCounter = (text: string) => Promise<Measured>

export interface PromptBuilder {
  /** Whether the engine counted; otherwise one token a word is assumed. */
  precision: { state: 'exact' } | { state: 'about'; reason: string }
  /** The prompt of a number. Different numbers differ within a few words, after what is shared. */
  prompt(number: number): string
}

interface Vocabulary {
  /** Words of `cost` tokens each. */
  words: string[]
  cost: number
}

export interface PromptShape {
  tokens: number
  /** Tokens at the start that all prompts have in common. */
  sharedPrefixTokens: number
  seed: number
}

/** Fewer words than this and prompts would be too much alike. */
const MIN_WORDS = 16
const ADJUSTMENTS = 8

/**
 * Finds out how many words make exactly the tokens that are wanted: looks for words that cost the same, puts prompts
 * together from those, and has whole prompts counted. The engine is asked here, before any load, and never again.
 */
export async function promptBuilder(shape: PromptShape, count: TokenCounter | null): Promise<PromptBuilder> {
  const guess = (reason: string): PromptBuilder => ({
    precision: { state: 'about', reason },
    prompt: layout(shape, { words: [...promptWords], cost: 1 }, '', shape.tokens - 1),
  })
  if (count === null) return guess('the engine was not asked to count')
  const first = await count('a')
  if (first.state === 'absent') return guess(first.reason)
  const vocabulary = await findVocabulary(count)
  if (vocabulary === null) return guess('no words were found that cost the same number of tokens')
  for (const filler of await findFillers(vocabulary, count)) {
    const prompt = await adjust(shape, vocabulary, filler, count)
    if (prompt !== null) return { precision: { state: 'exact' }, prompt }
  }
  return guess(`no combination of words was found that has ${shape.tokens} tokens`)
}

/** Has whole prompts counted and corrects their length until every one of them is right; null when that does not happen. */
async function adjust(
  shape: PromptShape,
  vocabulary: Vocabulary,
  filler: string,
  count: TokenCounter,
): Promise<PromptBuilder['prompt'] | null> {
  let aim = shape.tokens - 1
  for (let round = 0; round < ADJUSTMENTS && aim >= 0; round++) {
    const prompt = layout(shape, vocabulary, filler, aim)
    const [tokens = Number.NaN] = await countAll(count, [prompt(0)])
    if (Number.isNaN(tokens)) return null
    if (tokens === shape.tokens) return (await allHave(shape.tokens, prompt, count)) ? prompt : null
    aim += shape.tokens - tokens
  }
  return null
}

/** Words that add up differently in each prompt cannot be corrected. */
async function allHave(tokens: number, prompt: PromptBuilder['prompt'], count: TokenCounter): Promise<boolean> {
  const others = Array.from({ length: verifiedOf(tokens) - 1 }, (_, i) => prompt((i + 1) * 7919))
  return (await countAll(count, others)).every(counted => counted === tokens)
}

/** Some engines count by answering, and each long prompt has so many words that a few of them show what any would. */
const verifiedOf = (tokens: number): number => (tokens <= 128 ? 8 : 3)

/** Words that cost the same, by what each adds in the middle of a text. */
async function findVocabulary(count: TokenCounter): Promise<Vocabulary | null> {
  const costs = await costsOf(
    promptWords.map(word => ` ${word}`),
    count,
  )
  const byCost = Map.groupBy(promptWords, word => costs[promptWords.indexOf(word)] ?? Number.NaN)
  const [cost, words] = [...byCost].sort(([, a], [, b]) => b.length - a.length)[0] ?? [Number.NaN, []]
  return cost >= 1 && words.length >= MIN_WORDS ? { words, cost } : null
}

/** What adds a single token; where words do so themselves nothing is needed. */
async function findFillers({ cost }: Vocabulary, count: TokenCounter): Promise<string[]> {
  if (cost === 1) return ['']
  const costs = await costsOf(fillerCandidates, count)
  return fillerCandidates.filter((_, i) => costs[i] === 1)
}

/** Tokens that each text adds in the middle of another. */
async function costsOf(texts: readonly string[], count: TokenCounter): Promise<number[]> {
  const [bare = Number.NaN, ...counts] = await countAll(count, ['the the', ...texts.map(text => `the${text} the`)])
  return counts.map(tokens => tokens - bare)
}

async function countAll(count: TokenCounter, texts: string[]): Promise<number[]> {
  const counts: number[] = []
  for (const text of texts) {
    const tokens = await count(text)
    counts.push(tokens.state === 'measured' ? tokens.value : Number.NaN)
  }
  return counts
}

/** Prompts start with it, because a word without a space in front of it costs what it will; the adjustment finds out. */
const START = 'the'

/** Prompts of `tokens` tokens after the start, if vocabulary and filler cost what they say. */
function layout(
  shape: PromptShape,
  { words, cost }: Vocabulary,
  filler: string,
  tokens: number,
): (number: number) => string {
  const sharedWords = Math.min(Math.floor(shape.sharedPrefixTokens / cost), Math.floor(tokens / cost))
  const ownWords = Math.floor(tokens / cost) - sharedWords
  const end = filler.repeat(tokens - (sharedWords + ownWords) * cost)
  const word = (index: number) => words[index % words.length] ?? ''
  const sharedRandom = seededRandom(shape.seed)
  const shared = Array.from({ length: sharedWords }, () => word(Math.floor(sharedRandom() * words.length)))
  return number => {
    const random = seededRandom(shape.seed * 1_000_003 + number)
    const own: string[] = []
    // The number itself, lowest digit first, in the base of the vocabulary; then anything.
    for (let rest = number; own.length < ownWords; rest = Math.floor(rest / words.length)) {
      own.push(word(rest > 0 || own.length === 0 ? rest : Math.floor(random() * words.length)))
    }
    return [START, ...shared, ...own].join(' ') + end
  }
}
