import { BadInputError } from '../errors.ts'
import type { Architecture } from './architecture.ts'

/** What engines call a real model. */
export interface ModelNames {
  /** Model and tag in Ollama's library: quantised weights, Q4_K_M or Q8_0 by the tag's default. */
  ollama: string | null
  /** Repository of the weights as its makers trained them, in BF16. */
  huggingFace: string | null
}

export interface CatalogueModel extends Architecture {
  /** The instruct model's names; null where there is none. */
  names: ModelNames
  /** Parameters as its makers publish them, tied embeddings counted once. */
  publishedParameters: number
  /**
   * What its makers say that the instruct model can do, unless the benchmark's name says otherwise. This suite measures no
   * capability; scores of different benchmarks, or of different makers, cannot be compared.
   */
  publishedScores: readonly PublishedScore[]
}

export interface PublishedScore {
  /** With how it was asked, where the source says so: `MMLU (5-shot)`. */
  benchmark: string
  /** Per cent. */
  score: number
  /** Where its makers say it. */
  source: string
}

const card = (repository: string): string => `https://huggingface.co/${repository}`

const qwenScore = (score: number): PublishedScore => ({
  benchmark: 'MMLU-Pro',
  score,
  source: 'https://qwenlm.github.io/blog/qwen2.5-llm/',
})

const qwen2 = {
  family: 'qwen2',
  vocabulary: 151_936,
  contextTokens: 32_768,
  ropeTheta: 1e6,
  normEpsilon: 1e-6,
} as const
const llama3 = {
  family: 'llama',
  vocabulary: 128_256,
  contextTokens: 131_072,
  ropeTheta: 5e5,
  normEpsilon: 1e-5,
} as const

const gemma2 = {
  family: 'gemma2',
  vocabulary: 256_000,
  contextTokens: 8192,
  ropeTheta: 10_000,
  normEpsilon: 1e-6,
} as const

/** The text models of the plans. Numbers are those of each instruct model's config.json on Hugging Face. */
export const catalogue: readonly CatalogueModel[] = [
  {
    ...qwen2,
    name: 'qwen2.5-0.5b',
    names: { ollama: 'qwen2.5:0.5b', huggingFace: 'Qwen/Qwen2.5-0.5B-Instruct' },
    publishedParameters: 494_032_768,
    publishedScores: [qwenScore(15)],
    layers: 24,
    embedding: 896,
    feedForward: 4864,
    heads: 14,
    kvHeads: 2,
    headSize: 64,
    tiedEmbeddings: true,
  },
  {
    ...qwen2,
    name: 'qwen2.5-1.5b',
    names: { ollama: 'qwen2.5:1.5b', huggingFace: 'Qwen/Qwen2.5-1.5B-Instruct' },
    publishedParameters: 1_543_714_304,
    publishedScores: [qwenScore(32.4)],
    layers: 28,
    embedding: 1536,
    feedForward: 8960,
    heads: 12,
    kvHeads: 2,
    headSize: 128,
    tiedEmbeddings: true,
  },
  {
    ...qwen2,
    name: 'qwen2.5-3b',
    names: { ollama: 'qwen2.5:3b', huggingFace: 'Qwen/Qwen2.5-3B-Instruct' },
    publishedParameters: 3_085_938_688,
    publishedScores: [qwenScore(43.7)],
    layers: 36,
    embedding: 2048,
    feedForward: 11_008,
    heads: 16,
    kvHeads: 2,
    headSize: 128,
    tiedEmbeddings: true,
  },
  {
    ...qwen2,
    name: 'qwen2.5-7b',
    names: { ollama: 'qwen2.5:7b', huggingFace: 'Qwen/Qwen2.5-7B-Instruct' },
    publishedParameters: 7_615_616_512,
    publishedScores: [qwenScore(56.3)],
    vocabulary: 152_064,
    layers: 28,
    embedding: 3584,
    feedForward: 18_944,
    heads: 28,
    kvHeads: 4,
    headSize: 128,
    tiedEmbeddings: false,
  },
  {
    ...qwen2,
    name: 'qwen2.5-14b',
    names: { ollama: 'qwen2.5:14b', huggingFace: 'Qwen/Qwen2.5-14B-Instruct' },
    publishedParameters: 14_770_033_664,
    publishedScores: [qwenScore(63.7)],
    vocabulary: 152_064,
    layers: 48,
    embedding: 5120,
    feedForward: 13_824,
    heads: 40,
    kvHeads: 8,
    headSize: 128,
    tiedEmbeddings: false,
  },
  {
    ...llama3,
    name: 'smollm2-1.7b',
    names: { ollama: 'smollm2:1.7b', huggingFace: 'HuggingFaceTB/SmolLM2-1.7B-Instruct' },
    publishedParameters: 1_711_376_384,
    publishedScores: [
      { benchmark: 'MMLU-Pro (MCF)', score: 19.3, source: card('HuggingFaceTB/SmolLM2-1.7B-Instruct') },
    ],
    vocabulary: 49_152,
    contextTokens: 8192,
    ropeTheta: 130_000,
    layers: 24,
    embedding: 2048,
    feedForward: 8192,
    heads: 32,
    kvHeads: 32,
    headSize: 64,
    tiedEmbeddings: true,
  },
  {
    ...gemma2,
    name: 'gemma-2-2b',
    names: { ollama: 'gemma2:2b', huggingFace: 'google/gemma-2-2b-it' },
    publishedParameters: 2_614_341_888,
    publishedScores: [
      { benchmark: 'MMLU (5-shot, pretrained model)', score: 51.3, source: card('google/gemma-2-2b-it') },
    ],
    layers: 26,
    embedding: 2304,
    feedForward: 9216,
    heads: 8,
    kvHeads: 4,
    headSize: 256,
    tiedEmbeddings: true,
  },
  {
    ...llama3,
    name: 'llama-3.2-1b',
    names: { ollama: 'llama3.2:1b', huggingFace: 'meta-llama/Llama-3.2-1B-Instruct' },
    publishedParameters: 1_235_814_400,
    publishedScores: [{ benchmark: 'MMLU (5-shot)', score: 49.3, source: card('meta-llama/Llama-3.2-1B-Instruct') }],
    layers: 16,
    embedding: 2048,
    feedForward: 8192,
    heads: 32,
    kvHeads: 8,
    headSize: 64,
    tiedEmbeddings: true,
  },
  {
    ...llama3,
    name: 'llama-3.2-3b',
    names: { ollama: 'llama3.2:3b', huggingFace: 'meta-llama/Llama-3.2-3B-Instruct' },
    publishedParameters: 3_212_749_824,
    publishedScores: [{ benchmark: 'MMLU (5-shot)', score: 63.4, source: card('meta-llama/Llama-3.2-3B-Instruct') }],
    layers: 28,
    embedding: 3072,
    feedForward: 8192,
    heads: 24,
    kvHeads: 8,
    headSize: 128,
    tiedEmbeddings: true,
  },
  {
    ...llama3,
    name: 'llama-3.1-8b',
    names: { ollama: 'llama3.1:8b', huggingFace: 'meta-llama/Llama-3.1-8B-Instruct' },
    publishedParameters: 8_030_261_248,
    publishedScores: [{ benchmark: 'MMLU (5-shot)', score: 69.4, source: card('meta-llama/Llama-3.1-8B-Instruct') }],
    layers: 32,
    embedding: 4096,
    feedForward: 14_336,
    heads: 32,
    kvHeads: 8,
    headSize: 128,
    tiedEmbeddings: false,
  },
]

/** The catalogue's model of that name; a BadInputError that lists all names where there is none. */
export function findModel(name: string): CatalogueModel {
  const model = catalogue.find(candidate => candidate.name === name)
  if (model) return model
  const names = catalogue.map(candidate => candidate.name).join(', ')
  throw new BadInputError(`looking up a model: the catalogue has no '${name}'; it has ${names}`)
}
