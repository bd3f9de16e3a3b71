import type { FamilyName } from '../architecture.ts'

const outer: Record<string, string> = {
  token_embd: 'model.embed_tokens',
  output: 'lm_head',
  output_norm: 'model.norm',
}

const inLayer: Record<string, string> = {
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  ffn_norm: 'post_attention_layernorm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
}

/** Where a family has another name, or a part that others have not. */
const ofFamily: Partial<Record<FamilyName, Record<string, string>>> = {
  gemma2: {
    post_attention_norm: 'post_attention_layernorm',
    ffn_norm: 'pre_feedforward_layernorm',
    post_ffw_norm: 'post_feedforward_layernorm',
  },
}

/** What transformers calls a tensor of llama.cpp's: `model.layers.0.self_attn.q_proj.weight` for `blk.0.attn_q.weight`. */
export function huggingFaceName(name: string, family: FamilyName): string {
  const [, layer, module = '', part = ''] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? []
  const known = layer === undefined ? outer[module] : (ofFamily[family]?.[module] ?? inLayer[module])
  if (known === undefined) throw new RangeError(`no name in transformers is known for the tensor ${name}`)
  return layer === undefined ? `${known}.${part}` : `model.layers.${layer}.${known}.${part}`
}
