import type { TuningRow } from '../tuning-row.ts'
import { llamaRow } from './llama-row.ts'

/** What of the embedded engine can be tuned: everything is said with a load. */
export const embeddedRows: readonly TuningRow[] = [
  llamaRow({
    id: 'baseline',
    title: 'Baseline',
    expected: 'the reference: a KV cache of 16 bits, no flash attention, 2 sequences',
  }),
  llamaRow({
    id: 'flash-attention',
    title: 'Flash attention',
    settings: { flashAttention: true },
    needs: ["a model whose heads llama.cpp's kernels take"],
    expected: 'less memory as the context grows; faster on a GPU, on a CPU hardly',
  }),
  llamaRow({
    id: 'kv-q8',
    title: 'KV cache q8_0',
    settings: { kvCacheType: 'q8_0', flashAttention: true },
    needs: ['flash attention'],
    conflicts: ['kv-q4'],
    expected: 'about half of the memory of the KV cache (8.5 bits a value for 16)',
  }),
  llamaRow({
    id: 'kv-q4',
    title: 'KV cache q4_0',
    settings: { kvCacheType: 'q4_0', flashAttention: true },
    needs: ['flash attention'],
    conflicts: ['kv-q8'],
    expected: 'about a quarter of the memory of the KV cache (4.5 bits a value for 16), some loss of quality',
  }),
  llamaRow({
    id: 'sequences-8',
    title: '8 sequences',
    slots: 8,
    needs: ['a KV cache four times as large'],
    expected: 'more tokens a second together, each answer slower',
  }),
  llamaRow({
    id: 'no-prefix-cache',
    title: 'Prefix cache off',
    settings: { prefixCache: false },
    expected: 'no gain from a shared prefix: what the cache is worth to the other rows',
  }),
]
