import type { Architecture } from '../../architecture.ts'
import { llama } from './llama.ts'
import { type TensorShape, vector } from './tensor-shape.ts'

/** Qwen2 and Qwen2.5: Llama's shape with biases on query, key and value. */
export function qwen2(architecture: Architecture): TensorShape[] {
  return llama(architecture).flatMap(withBias)
}

function withBias(tensor: TensorShape): TensorShape[] {
  if (!/attn_[qkv]\.weight$/.test(tensor.name)) return [tensor]
  const bias = vector(tensor.name.replace('weight', 'bias'), 'bias', tensor.rows)
  return [tensor, tensor.layer === undefined ? bias : { ...bias, layer: tensor.layer }]
}
