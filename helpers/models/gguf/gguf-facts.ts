import type { Measured } from '../../measured.ts'

/** What a GGUF file says of itself before its weights: all that memory can be told from. */
export interface GgufFacts {
  path: string
  /** Of the format: 2 or 3. */
  version: number
  /** `general.architecture`, known to this suite or not: `qwen2`, `clip`. */
  family: string
  /** `general.name`; null where the file has none. */
  name: string | null
  /** Absent where the family has no such numbers under the usual keys: a projector, a recurrent model. */
  shape: Measured<GgufShape>
  /** `general.file_type` by its usual name, `Q4_K_M`; null where the file does not say. */
  quantisation: string | null
  tensors: number
  parameters: number
  /** Weights by stored type, ggml's name of it; padding is not among them. */
  bytesByType: Readonly<Record<string, number>>
  /** All weights, without padding. */
  tensorBytes: number
  /** Of the token embedding alone, 0 where the file has none: it is looked up and not multiplied with. */
  tokenEmbeddingBytes: number
  /** The output matrix is the embedding matrix, stored once. */
  tiedEmbeddings: boolean
  /** Everything before the weights. */
  headerBytes: number
  fileBytes: number
  /** How many files the model is split into, of which this is one; all numbers are of this one. */
  parts: number
}

/** The hyper-parameters that decide memory. Lists have an item for each layer, as some families vary them. */
export interface GgufShape {
  layers: number
  /** Width of the residual stream. */
  embedding: number
  /** Null where the family has none under that key (mixtures of experts alone). */
  feedForward: readonly number[] | null
  heads: readonly number[]
  /** Key and value heads; 0 in a layer without attention. */
  kvHeads: readonly number[]
  /** Values of a key, and of a value, of one head. */
  keySize: number
  valueSize: number
  /** Longest context in tokens that the model declares. */
  contextTokens: number
  /** Tokens. */
  vocabulary: number
  /** Tokens that a layer with a window looks back; null where the file names no window. */
  slidingWindow: number | null
}
