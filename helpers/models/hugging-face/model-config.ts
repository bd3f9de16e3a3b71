import { BadInputError } from '../../errors.ts'
import type { Architecture, FamilyName } from '../architecture.ts'
import type { Tokenizer } from '../tokenizer/index.ts'

/** What config.json of a family says beside the sizes. Vision models have more than one such part, and are not written. */
const families: Partial<Record<FamilyName, { modelClass: string; settings: (architecture: Architecture) => object }>> =
  {
    llama: {
      modelClass: 'LlamaForCausalLM',
      settings: () => ({ attention_bias: false, mlp_bias: false, pretraining_tp: 1 }),
    },
    gemma2: {
      modelClass: 'Gemma2ForCausalLM',
      settings: ({ headSize }) => ({
        attention_bias: false,
        hidden_act: 'gelu_pytorch_tanh',
        hidden_activation: 'gelu_pytorch_tanh',
        query_pre_attn_scalar: headSize,
        sliding_window: 4096,
        // The caps of 50 and 30 are its defaults; they must be floats, and JavaScript writes none as 50.0.
      }),
    },
    qwen2: {
      modelClass: 'Qwen2ForCausalLM',
      settings: () => ({ use_sliding_window: false }),
    },
  }

/** config.json, in the words of transformers 4 (`torch_dtype`, `rope_theta`), which 5 and vLLM read too. */
export function modelConfig(architecture: Architecture, tokenizer: Tokenizer, title: string): object {
  const family = families[architecture.family]
  if (family === undefined) {
    throw new BadInputError(
      `making a folder for ${architecture.name}: the family ${architecture.family} is written as GGUF files only`,
    )
  }
  const { modelClass, settings } = family
  return {
    _name_or_path: title,
    architectures: [modelClass],
    model_type: architecture.family,
    hidden_size: architecture.embedding,
    intermediate_size: architecture.feedForward,
    num_hidden_layers: architecture.layers,
    num_attention_heads: architecture.heads,
    num_key_value_heads: architecture.kvHeads,
    head_dim: architecture.headSize,
    vocab_size: architecture.vocabulary,
    max_position_embeddings: architecture.contextTokens,
    rms_norm_eps: architecture.normEpsilon,
    rope_theta: architecture.ropeTheta,
    tie_word_embeddings: architecture.tiedEmbeddings,
    hidden_act: 'silu',
    attention_dropout: 0,
    initializer_range: 0.02,
    use_cache: true,
    torch_dtype: 'bfloat16',
    ...settings(architecture),
    ...tokenIds(tokenizer),
  }
}

/** generation_config.json: the end of an answer, and no taste in sampling, so that a request's own settings stand alone. */
export const generationConfig = (tokenizer: Tokenizer): object => ({ do_sample: true, ...tokenIds(tokenizer) })

const tokenIds = ({ endOfText, endOfSequence }: Tokenizer) => ({
  bos_token_id: endOfText,
  eos_token_id: endOfSequence,
  pad_token_id: endOfText,
})
