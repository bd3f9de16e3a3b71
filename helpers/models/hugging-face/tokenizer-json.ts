import { chatTemplate, type Tokenizer } from '../tokenizer/index.ts'

/** How Qwen2 cuts a text before merging: contractions, words with what stands before them, single digits, the rest. */
const splitPattern = [
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)",
  String.raw`[^\r\n\p{L}\p{N}]?\p{L}+`,
  String.raw`\p{N}`,
  String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*`,
  String.raw`\s*[\r\n]+`,
  String.raw`\s+(?!\S)`,
  String.raw`\s+`,
].join('|')

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false }

/** tokenizer.json of Hugging Face's `tokenizers`: gives every text the same ids as the GGUF files' tokenizer. */
export function tokenizerJson({ tokens, merges, controlFrom }: Tokenizer): object {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: tokens.slice(controlFrom).map((content, index) => ({
      id: controlFrom + index,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: splitPattern }, behavior: 'Isolated', invert: false },
        byteLevel,
      ],
    },
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.slice(0, controlFrom).map((token, id) => [token, id])),
      merges,
    },
  }
}

/** tokenizer_config.json: what transformers and vLLM want to know beside it, and the chat template. */
export const tokenizerConfig = (
  { tokens, endOfText, endOfSequence }: Tokenizer,
  { contextTokens }: { contextTokens: number },
): object => ({
  // The one class that takes tokenizer.json as it is.
  tokenizer_class: 'PreTrainedTokenizerFast',
  bos_token: null,
  eos_token: tokens[endOfSequence],
  pad_token: tokens[endOfText],
  unk_token: null,
  model_max_length: contextTokens,
  clean_up_tokenization_spaces: false,
  chat_template: chatTemplate,
})
