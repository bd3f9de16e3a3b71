import type { Architecture, FamilyName } from './architecture.ts'

/** Large enough for every part of the family, with tied embeddings in one and not in the other. */
export function tinyArchitecture(family: FamilyName): Architecture {
  return {
    name: `tiny-${family}`,
    family,
    layers: 2,
    embedding: 128,
    feedForward: 256,
    heads: 4,
    kvHeads: 2,
    headSize: 32,
    vocabulary: 2048,
    contextTokens: 32_768,
    ropeTheta: 10_000,
    normEpsilon: 1e-6,
    tiedEmbeddings: family !== 'llama',
  }
}
