import type { Need } from './need.ts'
import type { PlanItem, PlanSpec } from './plan-spec.ts'

/** A row of the plan's matrix, with its equivalent of today; T1 to T6 are its columns. */
const row = (id: string, name: string, title: string, needs: readonly Need[] = ['vllm of ours']): PlanItem => ({
  id: `004.${id}`,
  row: name,
  title,
  criteria: [`004.matrix.*.${id}`, `004.matrix.*.${id}-modern`],
  needs,
})

/** The limits that a quick run cannot judge, of all rows. */
const limit = (id: string, name: string, title: string, criteria: string[], needs: readonly Need[]): PlanItem => ({
  id: `004.${id}`,
  row: name,
  title,
  criteria,
  needs: ['engine of ours', ...needs],
})

/** Plan 004. */
export const engineTuning: readonly PlanSpec[] = [
  {
    plan: '004',
    name: 'engine-tuning/matrix',
    quickSeconds: 33,
    models: [{ model: 'qwen2.5-0.5b', role: 'large' }],
    items: [
      row('baseline', 'Baseline', 'T1 to T6 as the engine starts by itself', ['engine of ours']),
      row('a', 'A', 'V1 engine + async scheduling'),
      row('b', 'B', 'multi-step scheduling'),
      row('c', 'C', 'FlashInfer attention'),
      row('d', 'D', 'KV offloading, 32 GiB', ['vllm of ours', 'gpu']),
      row('e', 'E', 'KV offloading, 64 GiB', ['vllm of ours', 'gpu']),
      row('kv-80', '80 GB', 'KV offloading, 80 GiB', ['vllm of ours', 'gpu']),
      row('f', 'F', 'FP8 KV cache'),
      row('max', 'MAX', 'all of them', ['row of all']),
      {
        id: '004.gguf',
        row: 'GGUF',
        title: 'T1 to T6 on llama.cpp and Ollama: flash attention, KV type, slots, caches',
        criteria: [
          'flash-attention',
          'flash-on',
          'flash-off',
          'kv-q8',
          'kv-q8-alone',
          'kv-q4',
          'sequences-8',
          'slots-8',
          'parallel-*',
          'no-prefix-cache',
          'prompt-cache',
          'speculative',
        ].map(id => `004.matrix.*.${id}`),
        needs: ['gguf engine of ours'],
      },
      limit(
        'recommendation',
        'output',
        'the recommended configuration, its gain, drift',
        ['004.matrix.recommended', '004.matrix.gain', '004.matrix.drift'],
        [],
      ),
      limit(
        'gain',
        '> 1.5 ×',
        '> 1.5 × the tokens/s of the baseline',
        ['004.matrix.gain-on-gpu'],
        ['gpu', 'full profile'],
      ),
      limit('ttft-8k', 'T4', 'TTFT < 2 s at 8K', ['004.matrix.ttft-8k.*'], ['full profile']),
      limit(
        'gpu-memory',
        'T6',
        'GPU memory under load < 11 of 12 GB',
        ['004.matrix.gpu-memory.*'],
        ['gpu', 'full profile'],
      ),
      limit(
        'host-memory',
        'T6',
        'host memory under load < 85 of 94 GB',
        ['004.matrix.host-memory.*'],
        ['full profile'],
      ),
      limit(
        'offload',
        'output',
        'the best size of KV cache in host memory',
        ['004.matrix.offload-size'],
        ['vllm of ours', 'gpu'],
      ),
      limit('deployment', 'output', 'docker-compose.yml and .env, ready to use', ['004.matrix.deployment'], ['image']),
    ],
  },
]
