import type { PlanItem, PlanSpec } from './plan-spec.ts'

/** Each is loaded, asked and unloaded by itself. */
const mediumModel = (model: string, title: string, isFirst: boolean): PlanItem => ({
  id: `000.medium-models.${model}`,
  row: '4A',
  title,
  criteria: [`000.medium-models.*.${model}`],
  needs: isFirst ? [] : ['several models'],
  models: [model],
})

const visionModel = (model: string, title: string, isFirst: boolean): PlanItem => ({
  id: `000.vision-models.${model}`,
  row: '4C',
  title,
  criteria: [`000.vision-models.*.${model}`],
  needs: isFirst ? ['images'] : ['images', 'several models'],
  models: [model],
})

/** Plan 000, 4A to 4C and the limits. */
export const modelLimits: readonly PlanSpec[] = [
  {
    plan: '000',
    name: 'model-limits/medium-models',
    quickSeconds: 23,
    models: [
      { model: 'smollm2-1.7b', role: 'medium' },
      { model: 'gemma-2-2b', role: 'medium' },
      { model: 'qwen2.5-1.5b', role: 'medium' },
      { model: 'qwen2.5-0.5b', role: 'small', copies: 3 },
    ],
    items: [
      mediumModel('smollm2-1.7b', 'SmolLM2 1.7B: load, speed, memory, unload', true),
      mediumModel('gemma-2-2b', 'Gemma 2 2B: the same', false),
      mediumModel('qwen2.5-1.5b', 'Qwen2.5 1.5B: the same', false),
      mediumModel('qwen2.5-0.5b', 'Qwen2.5 0.5B: the same', false),
      {
        id: '000.medium-models.mixed',
        row: '4A',
        title: '1 × 1.5B + 3 × 0.5B at once, and fragmentation',
        criteria: ['000.medium-models.mixed-loaded', '000.medium-models.fragmentation.*'],
        needs: ['several models', 'swapping', 'copies'],
        models: ['qwen2.5-1.5b', 'qwen2.5-0.5b'],
      },
      {
        id: '000.medium-models.temperature',
        row: '4A',
        title: '< 80 °C under sustained load',
        criteria: ['000.medium-models.temperature'],
        needs: ['several models', 'copies', 'temperature'],
        models: ['qwen2.5-1.5b', 'qwen2.5-0.5b'],
      },
      {
        id: '000.medium-models.throttling',
        row: '4A',
        title: 'no speed is lost to heat',
        criteria: ['000.medium-models.throughput-sag'],
        needs: ['several models', 'copies', 'long load'],
        models: ['qwen2.5-1.5b', 'qwen2.5-0.5b'],
      },
    ],
  },
  {
    plan: '000',
    name: 'model-limits/large-models',
    quickSeconds: 30,
    models: [
      { model: 'qwen2.5-0.5b', role: 'small' },
      { model: 'qwen2.5-3b', role: 'medium', copies: 2 },
      { model: 'qwen2.5-7b', role: 'large' },
      { model: 'llama-3.1-8b', role: 'large' },
    ],
    items: [
      {
        id: '000.large-models.loads',
        row: '4B',
        title: 'load time against size, cold and warm; Llama 3.1 8B loads',
        criteria: ['000.large-models.load-*'],
        needs: ['swapping', 'several models'],
      },
      {
        id: '000.large-models.7b-in-60-s',
        row: '4B',
        title: '7B loads in < 60 s',
        criteria: ['000.large-models.load-time.qwen2.5-7b'],
        needs: ['swapping', 'whole model'],
        models: ['qwen2.5-7b'],
      },
      {
        id: '000.large-models.pair',
        row: '4B',
        title: '2 × 3B at once, and fragmentation',
        criteria: ['000.large-models.answering-together', '000.large-models.fragmentation.*'],
        needs: ['swapping', 'copies'],
        models: ['qwen2.5-3b'],
      },
      {
        id: '000.large-models.pressure',
        row: '4B',
        title: '7B is stable under memory pressure',
        criteria: ['000.large-models.pressure.*'],
        needs: [],
        models: ['qwen2.5-7b'],
      },
      {
        id: '000.large-models.paging',
        row: '4B',
        title: 'swap pattern and throughput; > 90 % used before; swap file against zram',
        criteria: ['000.large-models.used-before-swap', '000.large-models.swap-throughput', '000.swap-configuration.*'],
        needs: ['paging rights'],
        models: [],
      },
      {
        id: '000.large-models.nvme',
        row: '4B',
        title: '> 200 MB/s when swapping on NVMe',
        criteria: ['000.large-models.nvme-swap-throughput'],
        needs: ['paging rights', 'nvme'],
        models: [],
      },
    ],
  },
  {
    plan: '000',
    name: 'model-limits/vision-models',
    quickSeconds: null,
    models: [
      { model: 'qwen2.5-vl-3b', role: 'vision' },
      { model: 'phi-3.5-vision', role: 'vision' },
      { model: 'llava-1.5-7b', role: 'vision' },
    ],
    items: [
      visionModel('qwen2.5-vl-3b', 'Qwen2.5-VL 3B: memory beyond text, request time, pipeline', true),
      visionModel('phi-3.5-vision', 'Phi-3.5 Vision: the same', false),
      visionModel('llava-1.5-7b', 'LLaVA 1.5 7B: the same', false),
    ],
  },
  {
    plan: '000',
    name: 'model-limits/limit-discovery',
    quickSeconds: 38,
    models: [
      { model: 'qwen2.5-0.5b', role: 'small' },
      { model: 'qwen2.5-1.5b', role: 'sized' },
      { model: 'qwen2.5-3b', role: 'large' },
      { model: 'qwen2.5-7b', role: 'large' },
      { model: 'qwen2.5-14b', role: 'searched', quantisations: ['q4_0', 'f16'] },
    ],
    items: [
      {
        id: '000.limit-discovery',
        row: 'limit-discovery',
        title: 'most models at once, largest model and context, trade-off, bottleneck',
        criteria: ['000.limit-discovery.*'],
        needs: ['engine of ours', 'swapping'],
        models: ['qwen2.5-0.5b', 'qwen2.5-1.5b', 'qwen2.5-3b', 'qwen2.5-7b'],
      },
    ],
  },
]
