import type { MetricStart } from './store.ts'

/** One engine start as a spec would hand it over; for tests. */
export const exampleStart = (changes: Partial<MetricStart> = {}): MetricStart => ({
  hardware: {
    id: 'amd-epyc-2c-24g',
    cpu: 'AMD EPYC',
    cores: 2,
    ramBytes: 25_276_510_208,
    gpus: [],
    driver: null,
    os: 'Debian GNU/Linux 12',
    kernel: '6.1.0',
  },
  engine: { name: 'embedded', version: '3.22.1', args: ['--threads', '2'] },
  model: { name: 'qwen2.5-0.5b ÷ 16', bytes: 18_000_000, digest: null, quantisation: 'Q4_0', scale: 16 },
  metric: '001.sequential-batches.throughput',
  unit: 'requests/s',
  better: 'higher',
  workload: '3f9c21aa',
  at: new Date('2026-11-20T12:00:00Z'),
  commit: 'abc1234',
  samples: [21.4, 21.9, 22.3, 21.1, 21.6],
  ...changes,
})
