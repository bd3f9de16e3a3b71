import type { Architecture } from '../../architecture.ts'
import { float32, uint32 } from '../metadata.ts'
import { type Family, matrix, type TensorShape, vector } from './family.ts'

/** Llama 2 and 3, SmolLM2 and most others with RMS norm, rotary positions and a gated feed-forward part. */
export const llama: Family = {
  metadata: architecture => ({
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
  }),
  tensors: architecture => [
    ...outerTensors(architecture),
    ...Array.from({ length: architecture.layers }, (_, layer) => layerTensors(architecture, layer)).flat(),
  ],
}

function outerTensors({ embedding, vocabulary, tiedEmbeddings }: Architecture): TensorShape[] {
  return [
    matrix('token_embd.weight', 'embedding', embedding, vocabulary),
    ...(tiedEmbeddings ? [] : [matrix('output.weight', 'output', embedding, vocabulary)]),
    vector('output_norm.weight', 'output norm', embedding),
  ]
}

function layerTensors(
  { embedding, feedForward, heads, kvHeads, headSize }: Architecture,
  layer: number,
): TensorShape[] {
  return [
    vector('attn_norm.weight', 'norm', embedding),
    matrix('attn_q.weight', 'projection', embedding, heads * headSize),
    matrix('attn_k.weight', 'projection', embedding, kvHeads * headSize),
    matrix('attn_v.weight', 'value', embedding, kvHeads * headSize),
    matrix('attn_output.weight', 'attention output', heads * headSize, embedding),
    vector('ffn_norm.weight', 'norm', embedding),
    matrix('ffn_gate.weight', 'projection', embedding, feedForward),
    matrix('ffn_up.weight', 'projection', embedding, feedForward),
    matrix('ffn_down.weight', 'feed-forward output', feedForward, embedding),
  ].map(tensor => ({ ...tensor, name: `blk.${layer}.${tensor.name}`, layer }))
}
