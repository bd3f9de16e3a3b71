import type { PlanSpec } from './plan-spec.ts'

/** Plan 003. */
export const modelSwapping: readonly PlanSpec[] = [
  {
    plan: '003',
    name: 'model-swapping/concurrent-capacity',
    quickSeconds: 13,
    models: [
      { model: 'qwen2.5-0.5b', role: 'small', quantisations: ['bf16'], copies: 6 },
      { model: 'qwen2.5-3b', role: 'medium' },
      { model: 'qwen2.5-1.5b', role: 'medium', quantisations: ['bf16'] },
    ],
    items: [
      {
        id: '003.concurrent-capacity.small',
        row: '1',
        title: '5 × 0.5B at once',
        criteria: ['003.concurrent-capacity.instances.*'],
        needs: ['swapping', 'copies'],
      },
      {
        id: '003.concurrent-capacity.mixed',
        row: '2',
        title: '1 × 3B + 2 × 0.5B at once',
        criteria: ['003.concurrent-capacity.mixed-*'],
        needs: ['swapping', 'copies'],
      },
      {
        id: '003.concurrent-capacity.pressure',
        row: '3',
        title: 'where eviction or failure starts',
        criteria: ['003.concurrent-capacity.*'],
        needs: ['swapping', 'copies'],
      },
    ],
  },
  {
    plan: '003',
    name: 'model-swapping/swap-performance',
    quickSeconds: 30,
    models: [
      { model: 'qwen2.5-7b', role: 'large' },
      { model: 'qwen2.5-0.5b', role: 'small', copies: 2 },
    ],
    items: [
      {
        id: '003.swap-performance.limits',
        row: '4',
        title: '7B swap-in ≤ 30 s, swap-out ≤ 5 s',
        criteria: [
          '003.swap-performance.swap-in-cold.*',
          '003.swap-performance.swap-in-warm.*',
          '003.swap-performance.swap-out.*',
        ],
        needs: ['swapping', 'whole model'],
        models: ['qwen2.5-7b'],
      },
      {
        id: '003.swap-performance.rate',
        row: '4',
        title: '7B swap-in, bytes a second',
        criteria: ['003.swap-performance.swap-in-rate-*'],
        needs: ['swapping'],
        models: ['qwen2.5-7b'],
      },
      {
        id: '003.swap-performance.together',
        row: '5',
        title: 'several models loaded at the same time',
        criteria: ['003.swap-performance.loaded-at-once.*', '003.swap-performance.concurrent-speed-up.*'],
        needs: ['swapping', 'copies'],
        models: ['qwen2.5-0.5b'],
      },
      {
        id: '003.swap-performance.serving',
        row: '6',
        title: 'a model answers while another is swapped',
        criteria: ['003.swap-performance.serving-*'],
        needs: ['swapping'],
      },
    ],
  },
  {
    plan: '003',
    name: 'model-swapping/real-world-scenarios',
    quickSeconds: 23,
    models: [
      { model: 'qwen2.5-0.5b', role: 'small', copies: 3 },
      { model: 'qwen2.5-1.5b', role: 'medium' },
      { model: 'qwen2.5-3b', role: 'large' },
    ],
    items: [
      {
        id: '003.real-world.strategies',
        row: 'strategies',
        title: 'model pool (A) against swap server (B) on one trace',
        criteria: [
          '003.real-world-scenarios.failed.*',
          '003.real-world-scenarios.hit-rate.*',
          '003.real-world-scenarios.latency-ratio',
        ],
        needs: ['swapping'],
      },
      {
        id: '003.real-world.tasks',
        row: '7',
        title: 'several tasks on several models',
        criteria: ['003.real-world-scenarios.tasks-*'],
        needs: ['swapping'],
      },
      {
        id: '003.real-world.balancing',
        row: '8',
        title: 'load balancing over instances',
        criteria: ['003.real-world-scenarios.balance*'],
        needs: ['swapping', 'copies'],
      },
      {
        id: '003.real-world.failover',
        row: '9',
        title: "failover: a model's process is killed",
        criteria: ['003.real-world-scenarios.failover-*'],
        needs: ['swapping', 'engine of ours'],
      },
    ],
  },
  {
    plan: '003',
    name: 'model-swapping/isolation',
    quickSeconds: 6,
    models: [{ model: 'qwen2.5-0.5b', role: 'small', copies: 3 }],
    items: [
      {
        id: '003.isolation.servers',
        row: 'S8',
        title: 'n servers with a model each against one with n models',
        criteria: ['003.isolation.servers-memory'],
        needs: ['server of several models'],
      },
      {
        id: '003.isolation.containers',
        row: 'S9',
        title: 'a container against a process',
        criteria: ['003.isolation.container-*'],
        needs: ['binary and container'],
      },
    ],
  },
]
