import type { PlanSpec } from './plan-spec.ts'

const small = { model: 'qwen2.5-0.5b', role: 'small' } as const

/** One criterion of the three specs that send requests straight to the engine. */
const everywhere = (criterion: string): string[] =>
  ['sequential-batches', 'extended-stress', 'production-simulation'].map(spec => `001.${spec}.${criterion}`)

/** Plan 001. */
export const multiBatch: readonly PlanSpec[] = [
  {
    plan: '001',
    name: 'multi-batch/sequential-batches',
    quickSeconds: 27,
    models: [small],
    items: [
      {
        id: '001.sequential-batches',
        row: 'sequential-batches',
        title: '3 × 5,000 requests back to back: memory, variance, success, reloads',
        criteria: ['001.sequential-batches.*'],
        needs: [],
      },
      {
        id: '001.kv-cache-freed',
        row: 'sequential-batches',
        title: 'the KV cache is empty at rest, in every spec of the plan',
        criteria: everywhere('kv-cache-freed'),
        needs: ['kv cache gauge'],
      },
      {
        id: '001.expected-throughput',
        row: 'sequential-batches',
        title: 'throughput is what is expected, in every spec of the plan',
        criteria: everywhere('expected-throughput'),
        needs: ['expected throughput'],
      },
      {
        id: '001.baselines',
        row: 'sequential-batches',
        title: 'speed and memory match the baseline, in every spec of the plan',
        criteria: everywhere('baseline-*'),
        needs: ['baseline'],
      },
    ],
  },
  {
    plan: '001',
    name: 'multi-batch/extended-stress',
    quickSeconds: 34,
    models: [small],
    items: [
      {
        id: '001.extended-stress',
        row: 'extended-stress',
        title: '5 × 5,000 requests: the same, and degradation over time',
        criteria: ['001.extended-stress.*'],
        needs: [],
      },
    ],
  },
  {
    plan: '001',
    name: 'multi-batch/production-simulation',
    quickSeconds: 20,
    models: [small],
    items: [
      {
        id: '001.production-simulation',
        row: 'production-simulation',
        title: 'pre-flight, 3 × 10,000 requests, projection to 170,000',
        criteria: ['001.production-simulation.*'],
        needs: [],
      },
      {
        id: '001.own-requests',
        row: 'production-simulation',
        title: 'your own batch file is valid, and is what is sent',
        criteria: ['001.production-simulation.preflight-input'],
        needs: ['own requests'],
      },
    ],
  },
  {
    plan: '001',
    name: 'multi-batch/keep-alive',
    quickSeconds: 7,
    models: [small],
    items: [
      {
        id: '001.keep-alive.for-ever',
        row: 'keep-alive',
        title: 'kept for ever: stays loaded over pauses',
        criteria: ['001.keep-alive.stays-loaded'],
        needs: [],
      },
      {
        id: '001.keep-alive.expiry',
        row: 'keep-alive',
        title: 'kept for a while: gone afterwards, and not before',
        criteria: ['001.keep-alive.not-before', '001.keep-alive.gone-after'],
        needs: ['idle expiry'],
      },
    ],
  },
  {
    plan: '001',
    name: 'multi-batch/batch-api',
    quickSeconds: null,
    models: [small],
    items: [
      {
        id: '001.batch-api',
        row: 'batch-api',
        title: 'sequential-batches through /v1/files and /v1/batches',
        criteria: ['001.batch-api.*'],
        needs: ['batch api'],
      },
    ],
  },
]
