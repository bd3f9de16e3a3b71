import type { PlanSpec } from './plan-spec.ts'

/** Plan 000, its optimisations. */
export const optimisation: readonly PlanSpec[] = [
  {
    plan: '000',
    name: 'optimisation/memory',
    quickSeconds: 18,
    models: [{ model: 'qwen2.5-3b', role: 'medium', quantisations: ['q4_0', 'q8_0', 'f16'] }],
    items: [
      {
        id: '000.memory.weights',
        row: 'memory',
        title: '4 and 8-bit weights against 16-bit ones',
        criteria: ['000.memory.saving-4-bit', '000.memory.saving-8-bit'],
        needs: ['swapping', 'weights'],
      },
      {
        id: '000.memory.kv-cache',
        row: 'memory',
        title: 'an 8-bit KV cache against a 16-bit one',
        criteria: ['000.memory.saving-8-bit-kv'],
        needs: ['swapping', 'kv cache type'],
      },
      {
        id: '000.memory.shared',
        row: 'memory',
        title: 'what instances of one file share, and have for themselves',
        criteria: ['000.memory.shared-by-instances', '000.memory.per-instance'],
        needs: ['swapping', 'model files'],
      },
      {
        id: '000.memory.over-time',
        row: 'memory',
        title: 'activation memory; buffers are used again',
        criteria: ['000.memory.activation', '000.memory.not-reused'],
        needs: ['swapping'],
      },
      {
        id: '000.memory.tokenizers',
        row: 'memory',
        title: 'a tokenizer for all models',
        criteria: ['000.memory.shared-tokenizers'],
        needs: ['nothing has it'],
      },
    ],
  },
  {
    plan: '000',
    name: 'optimisation/speed',
    quickSeconds: 12,
    models: [
      { model: 'qwen2.5-3b', role: 'medium' },
      { model: 'qwen2.5-0.5b', role: 'small' },
    ],
    items: [
      {
        id: '000.speed.3b-in-30-s',
        row: 'speed',
        title: '3B loads in < 30 s, warm and cold',
        criteria: ['000.speed.load-time.cold', '000.speed.load-time.warm'],
        needs: ['swapping', 'several models', 'whole model'],
      },
      {
        id: '000.speed.batching',
        row: 'speed',
        title: 'several requests at once; prefix cache',
        criteria: ['000.speed.batching-gain', '000.speed.cached-share', '000.speed.prefix-cache-gain'],
        needs: [],
        models: ['qwen2.5-0.5b'],
      },
      {
        id: '000.speed.load-while-answering',
        row: 'speed',
        title: 'a model is loaded while another answers',
        criteria: ['000.speed.load-time.while-answering', '000.speed.tpot-while-loading'],
        needs: ['swapping', 'several models'],
      },
    ],
  },
  {
    plan: '000',
    name: 'optimisation/concurrency',
    quickSeconds: 11,
    models: [{ model: 'qwen2.5-0.5b', role: 'small' }],
    items: [
      {
        id: '000.concurrency.scaling',
        row: 'concurrency',
        title: 'scaling on one model; each request gets its own answer',
        criteria: ['000.concurrency.*'],
        needs: [],
      },
      {
        id: '000.concurrency.sharding',
        row: 'concurrency',
        title: 'layers split over GPU and CPU',
        criteria: ['000.concurrency.sharding'],
        needs: ['gpu', 'model files'],
      },
    ],
  },
]
