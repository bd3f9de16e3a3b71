import type { LoadSettings } from '../../engines/index.ts'
import type { TuningRow } from '../tuning-row.ts'

/** Few, because each has room for the whole context: two of 32,768 tokens and a 4-bit 7B model fit into 12 GiB. */
const BASELINE_SLOTS = 2

/** A row of llama.cpp as it is written down: what is left out is the baseline's. */
export interface WrittenRow
  extends Pick<TuningRow, 'id' | 'title' | 'expected'>,
    Partial<Pick<TuningRow, 'needs' | 'conflicts'>> {
  settings?: LoadSettings
  slots?: number
  arguments?: string[]
}

/**
 * One row on llama.cpp. Its baseline is said and not left to the program, which switches flash attention on by itself
 * where it can: 16 bits in the KV cache, no flash attention, two slots, the prefix cache of a slot on.
 */
export const llamaRow = ({ id, title, expected, ...given }: WrittenRow): TuningRow => ({
  id,
  title,
  change: {
    arguments: given.arguments ?? [],
    environment: {},
    settings: { kvCacheType: 'f16', flashAttention: false, prefixCache: true, ...given.settings },
    slots: given.slots ?? BASELINE_SLOTS,
  },
  needs: given.needs ?? [],
  hostBytes: 0,
  conflicts: given.conflicts ?? [],
  expected,
  insteadOf: null,
})

/** The same wherever llama.cpp runs. */
export const attentionAndCacheRows: readonly TuningRow[] = [
  llamaRow({
    id: 'flash-attention',
    title: 'Flash attention',
    settings: { flashAttention: true },
    needs: ["a model whose heads llama.cpp's kernels take"],
    expected: 'less memory as the context grows, and long prompts sooner',
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
]
