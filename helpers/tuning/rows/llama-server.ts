import type { TuningRow } from '../tuning-row.ts'
import { attentionAndCacheRows, llamaRow } from './llama-row.ts'

/** Of prompts in host memory, for the row that has such a cache. */
const PROMPT_CACHE_MIB = 2048

/** What of llama-server can be tuned, in the words of llama.cpp 0.5 to 0.7. */
export const llamaServerRows: readonly TuningRow[] = [
  llamaRow({
    id: 'baseline',
    title: 'Baseline',
    expected: 'the reference: a KV cache of 16 bits, no flash attention, 2 slots, no cache of prompts in host memory',
  }),
  ...attentionAndCacheRows,
  llamaRow({
    id: 'slots-8',
    title: '8 parallel slots',
    slots: 8,
    needs: ['a KV cache four times as large'],
    expected: 'more tokens a second together, each answer slower',
  }),
  llamaRow({
    id: 'no-prefix-cache',
    title: 'Prefix cache off',
    settings: { prefixCache: false },
    conflicts: ['prompt-cache'],
    expected: 'no gain from a shared prefix: what the cache is worth to the other rows',
  }),
  llamaRow({
    id: 'prompt-cache',
    title: `Prompt cache in host memory, ${PROMPT_CACHE_MIB / 1024} GiB`,
    arguments: ['--cache-ram', String(PROMPT_CACHE_MIB)],
    needs: [`${PROMPT_CACHE_MIB / 1024} GiB of host memory`],
    conflicts: ['no-prefix-cache'],
    expected: 'prompts come back from host memory when their slot was given to another',
  }),
  llamaRow({
    id: 'speculative',
    title: 'Speculative decoding by n-grams',
    arguments: ['--spec-type', 'ngram-simple'],
    expected:
      'faster answers that repeat their prompt or themselves; nothing for others, and none of random weights do',
  }),
  llamaRow({
    id: 'max',
    title: 'MAX: flash attention, KV cache q8_0, 8 slots, prompt cache',
    settings: { kvCacheType: 'q8_0', flashAttention: true },
    slots: 8,
    arguments: ['--cache-ram', String(PROMPT_CACHE_MIB)],
    needs: ['flash attention', 'a KV cache twice as large', `${PROMPT_CACHE_MIB / 1024} GiB of host memory`],
    conflicts: ['kv-q4', 'no-prefix-cache'],
    expected: 'the most tokens a second within twice the memory of the KV cache',
  }),
]
