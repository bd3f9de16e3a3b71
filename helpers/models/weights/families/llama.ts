import type { Architecture } from '../../architecture.ts'
import { matrix, type TensorShape, vector } from './tensor-shape.ts'

/** Llama 2 and 3, SmolLM2 and most others with RMS norm, rotary positions and a gated feed-forward part. */
export function llama(architecture: Architecture): TensorShape[] {
  const layers = Array.from({ length: architecture.layers }, (_, layer) => layerTensors(architecture, layer))
  return [...outerTensors(architecture), ...layers.flat()]
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
