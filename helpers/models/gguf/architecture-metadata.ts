import type { Architecture, FamilyName } from '../architecture.ts'
import { float32, int32s, type MetadataValue, uint32 } from './metadata.ts'

/** What a family has of its own; of Gemma 2 as its config.json on Hugging Face says. */
const ofFamily: Record<FamilyName, (architecture: Architecture) => Record<string, MetadataValue>> = {
  llama: () => ({}),
  qwen2: () => ({}),
  qwen2vl: ({ headSize }) => ({ 'rope.dimension_sections': int32s(ropeSections(headSize)) }),
  gemma2: () => ({
    'attention.sliding_window': uint32(4096),
    attn_logit_softcapping: float32(50),
    final_logit_softcapping: float32(30),
  }),
}

/** How many of a head's pairs turn with time, height and width of an image: 16, 24 and 24 of 64. */
function ropeSections(headSize: number): number[] {
  const time = headSize / 8
  const side = (headSize * 3) / 16
  return [time, side, side, 0]
}

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
    ...ofFamily[family](architecture),
  }
  return Object.entries(sizes).map(([key, value]) => [`${family}.${key}`, value])
}
