import type { ConfigurationRun, RanThrough } from './index.ts'

/** A sound run: `blocks` are the ends of its blocks of a batch each, in ms. */
export function runForTests({
  name = 'baseline-128x2',
  batchSize = 8,
  concurrency = 2,
  blocks = [1000, 2000, 3000, 4000, 5000, 6000],
  outcome = {},
}: {
  name?: string
  batchSize?: number
  concurrency?: number
  blocks?: number[]
  outcome?: Partial<RanThrough>
}): ConfigurationRun {
  const completed = batchSize * blocks.length
  const configuration = {
    name,
    category: 'baseline' as const,
    model: { name: 'qwen2.5-0.5b', tensorParallelSize: 1 },
    inference: { batchSize, concurrency, gpuMemoryUtilization: 0.9, maxTokens: 4 },
    data: { samples: completed, promptTokens: 8 },
  }
  return {
    configuration,
    planned: configuration,
    ranOn: 'http',
    scale: 1,
    remarks: [],
    outcome: {
      state: 'ran',
      atOnce: 4,
      durationMs: blocks.at(-1) ?? 0,
      startUpMs: 0,
      completed,
      failed: 0,
      failures: {},
      promptTokens: 8 * completed,
      completionTokens: 4 * completed,
      blocks: blocks.map(endMs => ({ endMs, requests: batchSize, completionTokens: 4 * batchSize })),
      accounts: { missing: [], twice: [], unknown: [] },
      peakMemory: { state: 'measured', value: { domain: 'host memory of the engine (RSS)', bytes: 2 ** 28 } },
      disturbance: null,
      ...outcome,
    },
  }
}
