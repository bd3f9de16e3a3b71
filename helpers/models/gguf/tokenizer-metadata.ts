import { chatTemplate, type Tokenizer } from '../tokenizer/index.ts'
import { bool, int32s, type MetadataValue, strings, text, uint32 } from './metadata.ts'

/** llama.cpp's numbers for kinds of tokens. */
const tokenTypes = { normal: 1, control: 3 } as const

export const tokenizerMetadata = ({
  tokens,
  merges,
  controlFrom,
  endOfText,
  endOfSequence,
}: Tokenizer): [key: string, value: MetadataValue][] => [
  ['tokenizer.ggml.model', text('gpt2')],
  ['tokenizer.ggml.pre', text('qwen2')],
  ['tokenizer.ggml.tokens', strings(tokens)],
  [
    'tokenizer.ggml.token_type',
    int32s(tokens.map((_, token) => (token < controlFrom ? tokenTypes.normal : tokenTypes.control))),
  ],
  ['tokenizer.ggml.merges', strings(merges)],
  ['tokenizer.ggml.bos_token_id', uint32(endOfText)],
  ['tokenizer.ggml.eos_token_id', uint32(endOfSequence)],
  ['tokenizer.ggml.padding_token_id', uint32(endOfText)],
  ['tokenizer.ggml.add_bos_token', bool(false)],
  ['tokenizer.chat_template', text(chatTemplate)],
]
