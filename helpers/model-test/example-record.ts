import type { ChosenModel } from '../fixtures/choose-model.ts'
import { absent, measured } from '../measured.ts'
import { type Metric, metricKinds, type Reading } from '../sampling/index.ts'
import type { BenchRecord, MeasuredPhase, ModelRecord, PhaseName } from './model-record.ts'
import { phaseMetrics } from './phase-metrics.ts'

const MIB = 2 ** 20

/** For tests: a reading with these metrics, and nothing else. */
export function readingOf(atMs: number, values: Partial<Record<Metric, number>> = {}): Reading {
  const metrics = Object.fromEntries(
    Object.keys(metricKinds).map(name => {
      const value = values[name as Metric]
      return [name, value === undefined ? absent(`no ${name} here`) : measured(value)]
    }),
  )
  // Made of all metrics there are.
  return { atMs, metrics: metrics as Reading['metrics'] }
}

const none = absent('not asked')
export const noWindows = { cpuTemperatureC: none, gpuTemperatureC: none, requestsWaiting: none } as const

const bench: BenchRecord = {
  promptTokens: 128,
  outputTokens: 8,
  concurrency: 1,
  completed: 6,
  failed: 0,
  prefillRate: { value: measured({ value: 500, interval: [450, 550] }), n: 6, source: 'by the engine' },
  decodeRate: { value: measured({ value: 20, interval: [19, 21] }), n: 6, source: '' },
  totalRate: { value: measured({ value: 15, interval: null }), n: 6, source: '' },
  ttftMs: { value: measured({ value: 256, interval: null }), n: 6, source: '' },
  tpotMs: { value: measured({ value: 50, interval: null }), n: 6, source: '' },
  e2eMs: { value: measured({ value: 600, interval: null }), n: 6, source: '' },
  disturbance: null,
}

const phase = (name: PhaseName, engineMib: number, modelMib: number | null): MeasuredPhase => ({
  state: 'measured',
  name,
  startedAt: '2026-01-02T03:04:05.000Z',
  startedAtMs: 0,
  durationMs: 100,
  metrics: phaseMetrics(
    readingOf(0),
    readingOf(100, { enginePssBytes: engineMib * MIB, ramUsedBytes: (1000 + engineMib) * MIB }),
    { cores: 2, windows: noWindows, responseMs: none },
  ),
  modelMemory:
    modelMib === null
      ? absent('not loaded')
      : measured({ processes: 1, rssBytes: modelMib * MIB, pssBytes: modelMib * MIB, privateBytes: 0 }),
  disturbance: null,
  note: '',
})

/** For tests: a model of 30 MiB that holds 50 after its load and 60 after answering, in an engine that keeps 1. */
export const exampleRecord = (model: Partial<ChosenModel> & { planned?: string } = {}): ModelRecord => ({
  schema: 1,
  testId: '000.spec',
  startedAt: '2026-01-02T03:04:05.000Z',
  engine: { name: 'embedded', version: '1', runsAs: 'child processes' },
  model: {
    planned: model.planned ?? 'qwen2.5-0.5b',
    name: model.name ?? 'qwen2.5-0.5b ÷ 16',
    origin: 'synthetic',
    scale: 16,
    fileBytes: measured(model.bytes ?? 30 * MIB),
    parameters: measured(31e6),
    contextTokens: 256,
    slots: 4,
  },
  predicted: measured({
    weightsBytes: 40 * MIB,
    droppableBytes: 30 * MIB,
    kvBytes: 4 * MIB,
    computeBytes: 5 * MIB,
    processBytes: 9 * MIB,
    totalBytes: 58 * MIB,
    heldBytes: 28 * MIB,
  }),
  loadMs: measured(1500),
  cachedBeforeLoad: measured(1),
  unloadMs: measured(80),
  phases: [
    phase('baseline', 40, null),
    phase('load', 95, 50),
    phase('post-load', 95, 50),
    phase('inference', 105, 60),
    phase('concurrent', 106, 61),
    { state: 'absent', name: 'memory pressure', reason: 'this test takes no memory away' },
    phase('unload', 41, null),
    phase('final', 41, null),
  ],
  inference: [{ ...bench, promptTokens: 16, decodeRate: { ...bench.decodeRate, n: 5 } }, bench],
  concurrent: {
    ...bench,
    concurrency: 4,
    totalRate: { value: measured({ value: 70, interval: [60, 80] }), n: 8, source: '' },
  },
  notReturned: { engineBytes: measured(MIB), machineBytes: measured(MIB) },
})
