import type { TuningRow } from '../tuning-row.ts'

/** Empty is as good as not there; what the user has set for themselves is no part of a row. */
const unset = { OLLAMA_FLASH_ATTENTION: '', OLLAMA_KV_CACHE_TYPE: '' }
const flashOn = { OLLAMA_FLASH_ATTENTION: '1' }
const flashOff = { OLLAMA_FLASH_ATTENTION: '0' }
const q8 = { OLLAMA_KV_CACHE_TYPE: 'q8_0' }
const q4 = { OLLAMA_KV_CACHE_TYPE: 'q4_0' }

const askedFor = 'flash attention (OLLAMA_FLASH_ATTENTION=1)'

/**
 * What of Ollama can be tuned: the type of its KV cache, flash attention, and how many requests it answers at a time. All
 * of it is a setting of the whole server; `slots` becomes its OLLAMA_NUM_PARALLEL.
 *
 * Before 0.30 a model runs in a runner of Ollama's own, which drops a quantised KV cache with a warning unless flash
 * attention was asked for. Since 0.30 it runs in llama.cpp's server, which takes flash attention then by itself, and does
 * not start with such a cache where it was switched off (0.17.4 and 0.33.0-rc2, both started on a CPU).
 */
export const ollamaRows: readonly TuningRow[] = [
  row({
    id: 'baseline',
    title: 'Baseline: as Ollama starts by itself',
    expected:
      'the reference: 16 bits in the KV cache, flash attention where Ollama thinks that it helps, one request at a time',
  }),
  row({
    id: 'flash-on',
    title: 'Flash attention on',
    environment: flashOn,
    needs: ['a model whose keys and values have heads of one size'],
    conflicts: ['flash-off'],
    expected: 'less memory as the context grows; faster long prompts on a GPU',
  }),
  row({
    id: 'flash-off',
    title: 'Flash attention off',
    environment: flashOff,
    conflicts: ['flash-on', 'kv-q8', 'kv-q4', 'kv-q8-alone', 'max'],
    expected: 'slower long prompts on a GPU: what flash attention is worth',
  }),
  row({
    id: 'kv-q8',
    title: 'KV cache q8_0',
    environment: { ...flashOn, ...q8 },
    needs: [askedFor],
    conflicts: ['flash-off', 'kv-q4'],
    expected: 'the KV cache in about half of its memory (8.5 bits a value instead of 16), hardly any loss of quality',
  }),
  row({
    id: 'kv-q4',
    title: 'KV cache q4_0',
    environment: { ...flashOn, ...q4 },
    needs: [askedFor],
    conflicts: ['flash-off', 'kv-q8', 'kv-q8-alone', 'max'],
    expected: 'the KV cache in about a quarter of its memory (4.5 bits a value instead of 16), a small loss of quality',
  }),
  row({
    id: 'kv-q8-alone',
    title: 'KV cache q8_0, flash attention not asked for',
    environment: q8,
    needs: ['Ollama 0.30 or later'],
    conflicts: ['flash-off', 'kv-q4'],
    expected: 'since 0.30 the same as with flash attention; before, none: the type is dropped with a warning',
  }),
  ...[2, 4, 8].map(slots =>
    row({
      id: `parallel-${slots}`,
      title: `${slots} at a time`,
      slots,
      needs: [`a KV cache ${slots} times as large`],
      expected: 'more tokens a second until the machine has no more to give, each answer slower',
    }),
  ),
  row({
    id: 'max',
    title: 'MAX: flash attention, KV cache q8_0, 8 at a time',
    environment: { ...flashOn, ...q8 },
    slots: 8,
    needs: [askedFor, 'a KV cache 8 times as large'],
    conflicts: ['flash-off', 'kv-q4'],
    expected: 'the most tokens a second, in the least memory that they can have',
  }),
]

interface Written
  extends Pick<TuningRow, 'id' | 'title' | 'expected'>,
    Partial<Pick<TuningRow, 'needs' | 'conflicts'>> {
  environment?: Record<string, string>
  slots?: number
}

function row({ environment, slots, needs = [], conflicts = [], ...about }: Written): TuningRow {
  const change = { arguments: [], environment: { ...unset, ...environment }, settings: {}, slots: slots ?? null }
  return { ...about, change, needs, conflicts, hostBytes: 0, insteadOf: null }
}
