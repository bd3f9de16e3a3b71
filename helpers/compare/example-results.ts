import type { MetricSamples, Results } from '../reporting/index.ts'
import type { NamedRun } from './results-comparison.ts'

const steps = [-0.02, -0.01, -0.005, 0, 0.005, 0.01, 0.02, -0.015, 0.015, 0.001]

/** Ten samples around a median of `level`, within 2 %. */
export const around = (level: number): number[] => steps.map(step => level * (1 + step - 0.0005))

export const exampleSamples = (samples: number[], changes: Partial<MetricSamples> = {}): MetricSamples => ({
  metric: '001.sequential-batches.throughput',
  unit: 'requests/s',
  better: 'higher',
  workload: '3f9c21aa',
  model: 'qwen2.5-0.5b ÷ 16',
  scale: 16,
  samples,
  ...changes,
})

/** Results of a run of batches, as a run leaves them; for tests. */
export const exampleResults = (changes: Partial<Results> = {}): Results => ({
  schema: 1,
  startedAt: '2026-01-02T03:04:05.000Z',
  profile: 'quick',
  exit: null,
  host: {
    hardware: 'amd-epyc-2c-24g',
    platform: 'linux x64',
    cpu: 'EPYC',
    cores: 2,
    ramBytes: 2 ** 34,
    node: 'v24.21.0',
  },
  engine: {
    name: 'embedded',
    version: '3.22.1',
    origin: 'spawned',
    runsAs: 'child processes',
    url: 'http://127.0.0.1:40000',
    arguments: ['threads 1', 'CPU'],
    cautions: [],
    runs: [
      {
        id: '001.sequential-batches',
        model: 'qwen2.5-0.5b ÷ 16',
        scale: 16,
        modelBytes: 18_000_000,
        workload: '3f9c21aa (64 prompt tokens, 16 output tokens)',
      },
    ],
  },
  items: [],
  metrics: [],
  tables: [],
  charts: [],
  samples: [exampleSamples(around(20))],
  findings: [],
  ...changes,
})

let minute = 0

/** One run for each level of its throughput. */
export const runsAt = (levels: readonly number[], changes: Partial<MetricSamples> = {}): NamedRun[] =>
  levels.map(level => runWith({ samples: [exampleSamples(around(level), changes)] }))

/** A run of its own: no other has its time. */
export function runWith(changes: Partial<Results> = {}): NamedRun {
  const startedAt = new Date(Date.UTC(2026, 0, 1, 0, minute++)).toISOString()
  return { name: `runs/${startedAt}`, results: exampleResults({ startedAt, ...changes }) }
}

export const exampleItem = (
  id: string,
  verdict: Results['items'][number]['verdict'],
  value: number | null = null,
): Results['items'][number] => ({
  id,
  title: id,
  verdict,
  unit: value === null ? null : 'ratio',
  n: value === null ? 0 : 3,
  ...(value !== null && { measured: { value, interval: null } }),
  evidence: { spec: '', test: '', line: '', data: '', advice: [] },
})
