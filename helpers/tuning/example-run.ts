import type { EngineIdentity } from '../engines/index.ts'
import type { Bench } from '../lab/index.ts'
import type { CompletedRecord } from '../load/index.ts'
import { absent, measured } from '../measured.ts'
import { type RowData, untested } from './row-data.ts'
import type { TuningRow } from './tuning-row.ts'
import type { TuningRun, TuningStart } from './tuning-run.ts'
import { tuningRunOf } from './tuning-run-of.ts'

/** For tests: rows, benches and runs by hand. */
export const exampleIdentity: EngineIdentity = {
  name: 'vllm',
  version: '0.32.0',
  origin: 'spawned',
  runsAs: 'binary vllm',
  url: 'http://127.0.0.1:1',
  arguments: [],
  cautions: [],
}

export const exampleRow = (id: string, row: Partial<TuningRow> = {}): TuningRow => ({
  id,
  title: `Row ${id}`,
  change: { arguments: [], environment: {}, settings: {}, slots: null },
  needs: [],
  hostBytes: 0,
  conflicts: [],
  expected: 'something',
  insteadOf: null,
  ...row,
})

export const examplePlan = {
  contextTokens: 2048,
  concurrent: { atOnce: 4, rounds: 5, promptTokens: 16, outputTokens: 10 },
  long: { prompts: [{ name: '8K', tokens: 512 }], outputTokens: 2, requests: 11 },
}

/** One request after the other, each of so many ms to its first token and `tokens` tokens in `tokens` ms after it. */
export function exampleBench(ttftsMs: readonly number[], bench: { tokens?: number; cached?: number } = {}): Bench {
  const { tokens = 10, cached = 0 } = bench
  let nowMs = 1000
  const completed = ttftsMs.map((ttftMs, i): CompletedRecord => {
    const sentAtMs = nowMs
    nowMs += ttftMs + tokens
    return {
      state: 'completed',
      id: `0-${i}`,
      batch: 0,
      chunk: 0,
      scheduledAtMs: sentAtMs,
      sentAtMs,
      endedAtMs: nowMs,
      finishReason: 'length',
      ttftMs,
      ttfotMs: ttftMs,
      arrivalsMs: [ttftMs],
      promptTokens: 100,
      completionTokens: tokens,
      cachedTokens: cached,
      timings: null,
    }
  })
  const plan = { promptTokens: 100, outputTokens: tokens, concurrency: 1, requests: ttftsMs.length }
  return { model: 'm', plan, startMs: 1000, endMs: nowMs, completed, failed: [], disturbance: null }
}

const started: TuningStart = { state: 'started', identity: exampleIdentity, phases: [], coldPhases: [], remarks: [] }

export const exampleData = (data: Partial<RowData> = {}): RowData => ({
  start: started,
  coldStart: measured({ ms: 900, disturbance: null }),
  warmStart: measured({ ms: 400, disturbance: null }),
  single: exampleBench(Array(11).fill(20)),
  concurrent: exampleBench(Array(20).fill(20)),
  long: [exampleBench(Array(11).fill(500))],
  unlike: exampleBench(Array(11).fill(100)),
  shared: exampleBench(Array(12).fill(25), { cached: 90 }),
  memory: measured({ gpuBytes: absent('no GPU'), hostBytes: measured(8e9), engineBytes: measured(1e9) }),
  crash: null,
  ...data,
})

/** A run whose T3 gave `rate` tokens a second, 10 % more or less. */
export function exampleRun(
  row: TuningRow,
  rate: number,
  given: { position?: number; data?: Partial<RowData> } = {},
): TuningRun {
  const run = tuningRunOf({ row, position: given.position ?? 0, scale: 1 }, examplePlan, exampleData(given.data))
  const estimate = { value: rate, interval: [0.9 * rate, 1.1 * rate] } as const
  return run.throughput.measured.state === 'measured'
    ? { ...run, throughput: { ...run.throughput, measured: measured(estimate) } }
    : run
}

/** A run of a row that the engine refused. */
export const refusedRun = (row: TuningRow, error: string, unknownFlag: string | null = null): TuningRun =>
  tuningRunOf({ row, position: 0, scale: 1 }, examplePlan, untested({ state: 'refused', error, unknownFlag }, error))
