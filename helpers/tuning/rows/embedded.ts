import type { TuningRow } from '../tuning-row.ts'
import { attentionAndCacheRows, llamaRow } from './llama-row.ts'

/** What of the embedded engine can be tuned: everything is said with a load. */
export const embeddedRows: readonly TuningRow[] = [
  llamaRow({
    id: 'baseline',
    title: 'Baseline',
    expected: 'the reference: a KV cache of 16 bits, no flash attention, 2 sequences',
  }),
  ...attentionAndCacheRows,
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
