import { type Family, type TensorShape, vector } from './family.ts'
import { llama } from './llama.ts'

/** Qwen2 and Qwen2.5: Llama's shape with biases on query, key and value. */
export const qwen2: Family = {
  metadata: llama.metadata,
  tensors: architecture => llama.tensors(architecture).flatMap(withBias),
}

function withBias(tensor: TensorShape): TensorShape[] {
  if (!/attn_[qkv]\.weight$/.test(tensor.name)) return [tensor]
  const bias = vector(tensor.name.replace('weight', 'bias'), 'bias', tensor.rows)
  return [tensor, tensor.layer === undefined ? bias : { ...bias, layer: tensor.layer }]
}
