import type { Architecture } from '../../architecture.ts'
import { llama } from './llama.ts'
import { type TensorShape, vector } from './tensor-shape.ts'

/** Gemma 2: Llama's shape with a norm after attention and one after the feed-forward part, each before it is added. */
export function gemma2(architecture: Architecture): TensorShape[] {
  return llama(architecture).flatMap(withPostNorm)
}

const postNorms: Record<string, string> = { attn_output: 'post_attention_norm', ffn_down: 'post_ffw_norm' }

function withPostNorm(tensor: TensorShape): TensorShape[] {
  const [, before, part = ''] = /^(blk\.\d+\.)(\w+)\.weight$/.exec(tensor.name) ?? []
  const norm = postNorms[part]
  if (norm === undefined || tensor.layer === undefined) return [tensor]
  const role = tensor.role === 'attention output' ? 'attention post norm' : 'feed-forward post norm'
  return [tensor, { ...vector(`${before}${norm}.weight`, role, tensor.rows), layer: tensor.layer }]
}
