import type { Architecture } from '../architecture.ts'
import { float32, type MetadataValue, uint32 } from './metadata.ts'

/** What llama.cpp must be told about an architecture: the same keys for every family, after the family's name. */
export function architectureMetadata(architecture: Architecture): [key: string, value: MetadataValue][] {
  const { family } = architecture
  const sizes = {
    block_count: uint32(architecture.layers),
    context_length: uint32(architecture.contextTokens),
    embedding_length: uint32(architecture.embedding),
    feed_forward_length: uint32(architecture.feedForward),
    vocab_size: uint32(architecture.vocabulary),
    'attention.head_count': uint32(architecture.heads),
    'attention.head_count_kv': uint32(architecture.kvHeads),
    'attention.key_length': uint32(architecture.headSize),
    'attention.value_length': uint32(architecture.headSize),
    'attention.layer_norm_rms_epsilon': float32(architecture.normEpsilon),
    'rope.dimension_count': uint32(architecture.headSize),
    'rope.freq_base': float32(architecture.ropeTheta),
  }
  return Object.entries(sizes).map(([key, value]) => [`${family}.${key}`, value])
}
