import type { BatchResult, BatchRun } from '../batches/batch-run.ts'
import { measured } from '../measured.ts'
import { exampleRun, failed, passed } from '../reporting/example-run.ts'
import { buildResults } from '../reporting/results.ts'
import type { Results } from '../reporting/results-schema.ts'
import { memoryChart, throughputChart, ttftChart } from '../reporting/run-charts.ts'
import type { Point } from '../sampling/metrics.ts'

const BATCHES = 10
const CHUNKS = 114
const REQUESTS = 100_000
/** What a chart of memory asks the sampler for. */
const MEMORY_POINTS = 600
const MIB = 2 ** 20

/**
 * Results of 100,000 simulated requests, ten batches one after the other for an hour, memory as the sampler hands it to a chart: through the
 * same code as those of a real run. For tests of how large a report gets.
 */
export function longRunResults(): Results {
  const random = seeded(7)
  const example = exampleRun()
  const [batch] = example.batches
  if (!batch) throw new Error('The example run has no batch to repeat.')
  let clockMs = 0
  const batches = Array.from({ length: BATCHES }, (_, index): BatchResult => {
    const startMs = clockMs
    const perBatch = REQUESTS / BATCHES
    const chunks = Array.from({ length: CHUNKS }, (_, chunk) => {
      const chunkStartMs = clockMs
      const completed = Math.floor(((chunk + 1) * perBatch) / CHUNKS) - Math.floor((chunk * perBatch) / CHUNKS)
      clockMs += 3000 + 300 * random()
      const endMs = clockMs
      clockMs += 40
      const memoryBytes = measured((400 + 4 * random()) * MIB)
      return { index: chunk, startMs: chunkStartMs, endMs, completed, failed: 0, memoryBytes }
    })
    const ttftMs = Array.from({ length: perBatch }, () => 40 + 60 * random() - 30 * Math.log(random()))
    const e2eMs = ttftMs.map(ms => ms + 600 + 200 * random())
    return {
      ...batch,
      index,
      startMs,
      endMs: clockMs,
      chunks,
      completed: perBatch,
      promptTokens: 64 * perBatch,
      completionTokens: 32 * perBatch,
      ttftMs,
      ttfotMs: ttftMs,
      e2eMs,
      tpotMs: e2eMs.map((ms, i) => (ms - (ttftMs[i] ?? 0)) / 31),
    }
  })
  const run: BatchRun = { ...example, batches }
  const samples = Array.from(
    { length: MEMORY_POINTS },
    (_, i): Point => ({ atMs: (clockMs * i) / MEMORY_POINTS, value: (400 + 12 * random()) * MIB }),
  )
  return buildResults({
    startedAt: new Date('2026-01-02T03:04:05Z'),
    profile: 'full',
    exit: null,
    host: { platform: 'linux x64', cpu: 'AMD EPYC', cores: 2, ramBytes: 24 * 2 ** 30, node: 'v24.21.0' },
    outcome: {
      tests: [passed, failed].map(assessment => ({
        name: `001 · 10 × 10K > ${assessment.title}`,
        spec: 'perf/multi-batch/production-simulation.perf.ts',
        state: 'passed',
        note: null,
        errors: [],
        assessments: [assessment],
        baselines: [],
      })),
      runs: [run],
      studies: [],
      observations: [],
      tables: [],
      charts: [throughputChart(run), memoryChart(run, samples), ttftChart(run)],
      errors: [],
    },
  })
}

/** Numbers from 0 to 1 that are the same every time (a linear congruential generator). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 1) / 2 ** 32
  }
}
