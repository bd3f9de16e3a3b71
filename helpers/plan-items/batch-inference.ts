import type { PlanItem, PlanSpec } from './plan-spec.ts'

const models = [
  { model: 'qwen2.5-0.5b', role: 'small' },
  { model: 'qwen2.5-7b', role: 'large' },
  { model: 'qwen2.5-14b', role: 'largest' },
] as const

const category = (
  spec: 'over-http' | 'on-ray',
  slug: string,
  about: { row: string; title: string; configurations: readonly string[] },
): PlanItem => ({
  id: `002.${spec}.${slug}`,
  row: about.row,
  title: about.title,
  criteria: about.configurations.map(name => `002.${spec}.*.${name}`),
  needs: spec === 'on-ray' ? ['ray'] : slug === 'large' ? ['several models'] : [],
  // On Ray a job takes its model with it, whatever the engine under test has.
  models: spec === 'on-ray' ? [] : slug === 'large' ? ['qwen2.5-7b', 'qwen2.5-14b'] : ['qwen2.5-0.5b'],
})

/** The plan's five categories, the same on both ways. */
const categories = (spec: 'over-http' | 'on-ray'): PlanItem[] => [
  category(spec, 'baseline', {
    row: 'baseline',
    title: '0.5B: 128×2, 256×2, 512×2',
    configurations: ['baseline-*'],
  }),
  category(spec, 'concurrency', {
    row: 'concurrency',
    title: '0.5B: c = 4, 8, 16',
    configurations: ['concurrency-*'],
  }),
  category(spec, 'large', {
    row: 'large model',
    title: '7B 64×2, 14B 32×2',
    configurations: ['large-*'],
  }),
  category(spec, 'stress', {
    row: 'stress',
    title: '0.5B: 256×16, 512×8',
    configurations: ['stress-256x16', 'stress-512x8'],
  }),
  category(spec, 'sla', { row: 'SLA', title: 'the configuration of the SLA, 256×4', configurations: ['sla-*'] }),
]

/** Plan 002. */
export const batchInference: readonly PlanSpec[] = [
  {
    plan: '002',
    name: 'batch-inference/over-http',
    quickSeconds: 20,
    models,
    items: [
      ...categories('over-http'),
      {
        id: '002.over-http.sla-margin',
        row: 'SLA',
        title: '100,000 requests within 24 h',
        criteria: ['002.over-http.sla-margin'],
        needs: ['whole model'],
        models: ['qwen2.5-0.5b'],
      },
      {
        id: '002.over-http.tensor-parallel',
        row: 'before and after',
        title: 'tensor parallel 2 → 1',
        criteria: ['002.over-http.*.tensor-parallel-*', '002.over-http.gain.tensor-parallel'],
        needs: ['two gpus', 'vllm of ours'],
        models: ['qwen2.5-0.5b'],
      },
      {
        id: '002.over-http.batch-and-concurrency',
        row: 'before and after',
        title: '128×2 → 256×4',
        criteria: ['002.over-http.*.batch-and-concurrency-*', '002.over-http.gain.batch-and-concurrency'],
        needs: [],
        models: ['qwen2.5-0.5b'],
      },
      {
        id: '002.over-http.utilization',
        row: 'before and after',
        title: 'memory utilisation 0.90 → 0.85',
        criteria: ['002.over-http.*.utilization-*', '002.over-http.gain.utilization'],
        needs: ['gpu memory share'],
        models: ['qwen2.5-0.5b'],
      },
      {
        id: '002.over-http.memory-optimised',
        row: 'memory-optimised',
        title: 'the stress configurations with less memory',
        criteria: ['002.over-http.*-memory-optimised'],
        needs: [],
        models: ['qwen2.5-0.5b'],
      },
      {
        id: '002.over-http.gpu-utilisation',
        row: 'GPU utilisation',
        title: 'GPU utilisation in a ramp-up',
        criteria: ['002.over-http.gpu-utilisation'],
        needs: ['gpu'],
        models: ['qwen2.5-0.5b'],
      },
      {
        id: '002.over-http.readiness',
        row: 'report',
        title: 'every row accounted for, request log, three recommended configurations',
        criteria: ['002.over-http.unaccounted', '002.over-http.missing-in-log', '002.over-http.recommended'],
        needs: [],
        models: ['qwen2.5-0.5b'],
      },
    ],
  },
  {
    plan: '002',
    name: 'batch-inference/on-ray',
    quickSeconds: null,
    models,
    items: categories('on-ray'),
  },
]
