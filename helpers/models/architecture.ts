/** Model families that can be written: each is one file in weights/families. */
export type FamilyName = 'llama' | 'qwen2' | 'qwen2vl' | 'gemma2'

/** The hyper-parameters of a decoder-only transformer: what decides its file size, memory and speed. */
export interface Architecture {
  /** As people and requests name it: `qwen2.5-0.5b`. */
  name: string
  family: FamilyName
  layers: number
  /** Width of the residual stream. */
  embedding: number
  feedForward: number
  heads: number
  /** Key and value heads; fewer than `heads` with grouped-query attention. */
  kvHeads: number
  headSize: number
  /** Tokens, and rows of the embedding matrix. */
  vocabulary: number
  /** Longest context in tokens that the model declares. */
  contextTokens: number
  ropeTheta: number
  normEpsilon: number
  /** The output matrix is the embedding matrix, stored once. */
  tiedEmbeddings: boolean
}
