import { absent, type Measured, measured } from '../measured.ts'
import type { Architecture, GgufFacts, Quantisation } from '../models/index.ts'
import { parameterCount } from '../models/index.ts'

/** What of a model decides the memory that it takes: numbers of any GGUF file, or of an architecture before it is written. */
export interface ModelSize {
  /** All weights as they are stored. */
  tensorBytes: number
  /** What of them llama.cpp stores anew on x86, the output matrix included where it is the embedding matrix. */
  repackedBytes: number
  /** Of `repackedBytes`, what is also needed as it was stored: an embedding matrix that is the output matrix too. */
  twiceBytes: number
  /** Values that one token leaves in the KV cache, keys and values of all layers. */
  kvValuesPerToken: number
  embedding: number
  feedForward: number
  vocabulary: number
}

/** Bytes of one value: 4-bit and 8-bit blocks hold 32 values and a scale (ggml-common.h: 18 and 34 bytes). */
const bytesPerWeight: Record<Quantisation, number> = { f16: 2, bf16: 2, q8_0: 34 / 32, q4_0: 18 / 32 }

/** Stored anew with AVX2, in an order that the CPU's kernels like (ggml-cpu/repack.cpp); in ggml's spelling. */
const repackedTypes = ['Q4_0', 'Q4_K', 'IQ4_NL']

/** Of a model with weights of one type; its few vectors are counted in that type too. */
export function sizeOfArchitecture(architecture: Architecture, quantisation: Quantisation): ModelSize {
  const { layers, kvHeads, headSize, embedding, feedForward, vocabulary, tiedEmbeddings } = architecture
  const perWeight = bytesPerWeight[quantisation]
  const tensorBytes = Math.round(parameterCount(architecture) * perWeight)
  const tokenEmbeddingBytes = vocabulary * embedding * perWeight
  const isRepacked = repackedTypes.includes(quantisation.toUpperCase())
  return {
    tensorBytes,
    repackedBytes: isRepacked ? tensorBytes - (tiedEmbeddings ? 0 : tokenEmbeddingBytes) : 0,
    twiceBytes: isRepacked && tiedEmbeddings ? tokenEmbeddingBytes : 0,
    kvValuesPerToken: layers * 2 * kvHeads * headSize,
    embedding,
    feedForward,
    vocabulary,
  }
}

/**
 * Absent where the file does not tell its shape. Layers with a window are counted as if they kept the whole context. In a
 * file of mixed types the embedding is taken to be of one that is not repacked: llama-quantize keeps it in Q6_K or Q8_0.
 */
export function sizeOfGguf(facts: GgufFacts): Measured<ModelSize> {
  if (facts.shape.state === 'absent') return facts.shape
  const { kvHeads, keySize, valueSize, embedding, feedForward, vocabulary } = facts.shape.value
  if (feedForward === null) return absent(`${facts.path} does not tell its feed-forward length: a mixture of experts`)
  const { bytesByType, tensorBytes, tokenEmbeddingBytes, tiedEmbeddings } = facts
  const matrixTypes = Object.keys(bytesByType).filter(type => type !== 'F32')
  const repackedBytes = repackedTypes.reduce((sum, type) => sum + (bytesByType[type] ?? 0), 0)
  const isEmbeddingAmongThem = matrixTypes.length === 1 && repackedBytes > 0
  return measured({
    tensorBytes,
    repackedBytes: repackedBytes - (isEmbeddingAmongThem && !tiedEmbeddings ? tokenEmbeddingBytes : 0),
    twiceBytes: isEmbeddingAmongThem && tiedEmbeddings ? tokenEmbeddingBytes : 0,
    kvValuesPerToken: kvHeads.reduce((sum, heads) => sum + heads * (keySize + valueSize), 0),
    embedding,
    feedForward: Math.max(...feedForward),
    vocabulary,
  })
}
