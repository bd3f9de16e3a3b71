import type { BatchResult, BatchRun, ChunkResult } from '../batches/batch-run.ts'
import { absent, measured } from '../measured.ts'
import type { Point } from '../sampling/metrics.ts'
import type { Assessment, JudgedAssessment } from '../verdicts/assessment.ts'

const MIB = 2 ** 20
const REQUESTS_PER_CHUNK = 22
const CHUNKS = 4
const OUTPUT_TOKENS = 32
/** Memory is read between chunks and batches. */
const PAUSE_MS = 40

/** Seconds that a chunk takes: a healthy engine with some jitter. */
const chunkSeconds = [
  [1.02, 0.99, 1.01, 1.0],
  [1.03, 1.0, 1.02, 0.98],
  [1.01, 1.04, 0.99, 1.02],
]

/** Like a run of 3 × 88 requests on a small CPU machine. For tests of what is printed and drawn. */
export function exampleRun({ id = '001.sequential-batches' }: { id?: string } = {}): BatchRun {
  let clockMs = 500_000
  const batches = chunkSeconds.map((seconds, index): BatchResult => {
    const startMs = clockMs
    const chunks = seconds.map((length, chunk): ChunkResult => {
      const start = clockMs
      clockMs += length * 1000
      const end = clockMs
      if (chunk < CHUNKS - 1) clockMs += PAUSE_MS
      return {
        index: chunk,
        startMs: start,
        endMs: end,
        completed: REQUESTS_PER_CHUNK,
        failed: 0,
        memoryBytes: measured((412 + 0.25 * (index * CHUNKS + chunk)) * MIB),
      }
    })
    const endMs = clockMs
    clockMs += 120
    return exampleBatch(index, startMs, endMs, chunks)
  })
  return {
    id,
    engine: {
      name: 'embedded',
      version: '3.22.1',
      origin: 'spawned',
      runsAs: 'child processes',
      cautions: [],
      url: 'http://127.0.0.1:40123',
      arguments: [],
    },
    model: { name: 'qwen2.5-0.5b ÷ 16', scale: 16, bytes: 33 * MIB },
    hardware: 'epyc-2c-24g',
    workload: { hash: '5f1c0d9a2b7e4410', description: '64 prompt tokens, 32 output tokens, unique prompts' },
    memoryGrowsByDesign: null,
    memoryDomain: measured('host memory of the engine (PSS)'),
    freeMemoryBytes: measured(18_432 * MIB),
    earlierRequests: 0,
    batches,
    client: { eventLoopLagP99Ms: 1.8, eventLoopLagMaxMs: 6.4, scheduleDelayP50Ms: 0.12, scheduleDelayP99Ms: 1.4 },
    accounts: absent('requests go straight to the engine: each has an answer of its own'),
    surroundings: { strays: [], otherConnections: measured(0), diskBytesPerSecond: measured(1000) },
    loadMs: measured(412),
  }
}

function exampleBatch(index: number, startMs: number, endMs: number, chunks: ChunkResult[]): BatchResult {
  const requests = REQUESTS_PER_CHUNK * CHUNKS
  const ttftMs = Array.from({ length: requests }, (_, i) => 40 + ((i * 37) % 60))
  const e2eMs = ttftMs.map((ms, i) => ms + 620 + ((i * 53) % 250))
  const beforeBytes = (412 + index) * MIB
  return {
    index,
    startMs,
    endMs,
    chunks,
    completed: requests,
    failed: 0,
    failures: {},
    promptTokens: requests * 64,
    completionTokens: requests * OUTPUT_TOKENS,
    cachedTokens: measured(requests * 4),
    ttftMs,
    ttfotMs: ttftMs,
    e2eMs,
    tpotMs: e2eMs.map((ms, i) => (ms - (ttftMs[i] ?? 0)) / (OUTPUT_TOKENS - 1)),
    itlMs: { p50: 22.4, p95: 38.1, p99: 51.7, max: 88.2 },
    memory: measured({ beforeBytes, afterBytes: beforeBytes + MIB, peakBytes: beforeBytes + 14 * MIB }),
    residency: {
      before: {
        state: 'loaded',
        instance: measured('4711:99'),
        generatedTokens: measured(index * 2816),
        loads: absent('no log'),
      },
      after: {
        state: 'loaded',
        instance: measured('4711:99'),
        generatedTokens: measured((index + 1) * 2816),
        loads: absent('no log'),
      },
    },
    startDelayMs: index === 0 ? absent('there is no batch before the first') : measured(3.2),
    disturbance: {
      foreignCpu: measured(0.012),
      steal: measured(0.001),
      foreignSwapBytes: measured(0),
      throttled: absent('this machine has no throttle counters'),
    },
    engineLoadMs: absent('the engine does not tell'),
    kvCacheShare: absent('no gauge'),
    logErrors: [],
  }
}

/** Memory at 10 Hz over the example run: rises while requests are answered, and falls back between chunks. */
export function exampleMemoryPoints(run: BatchRun = exampleRun()): Point[] {
  const start = run.batches.at(0)?.startMs ?? 0
  const end = run.batches.at(-1)?.endMs ?? 0
  return Array.from({ length: Math.floor((end - start) / 100) }, (_, i) => {
    const share = (i % 10) / 10
    return { atMs: start + i * 100, value: (412 + (3 * i) / 130 + 12 * Math.sin(Math.PI * share)) * MIB }
  })
}

const common = { data: '3 batches, 264 requests', advice: [] }

export const passed: JudgedAssessment = {
  ...common,
  id: '001.sequential-batches.vram-delta',
  title: 'VRAM stays within 0.5 GiB',
  verdict: 'pass',
  measured: { value: 3 * MIB, interval: null },
  limit: 512 * MIB,
  unit: 'bytes',
  n: 6,
  line: '+3.0 MiB (limit 0.50 GiB) · host memory of the engine (PSS)',
  reason: '',
}

export const failed: JudgedAssessment = {
  ...common,
  id: '001.sequential-batches.throughput-variance',
  title: 'throughput varies by less than 10 % between batches',
  verdict: 'fail',
  measured: { value: 0.184, interval: [0.169, 0.201] },
  limit: 0.1,
  unit: 'ratio',
  n: 12,
  line: '18.4 % [16.9 %, 20.1 %] (limit 10.0 %), missed by 8.4 % · 20.1, 18.0, 16.4 req/s',
  reason: '',
  advice: ['GPU clocks fell 1,980 → 1,605 MHz from batch 2 on, 87 °C'],
}

export const inconclusive: Assessment = {
  ...common,
  id: '001.sequential-batches.no-degradation',
  title: 'throughput does not fall from batch to batch',
  verdict: 'inconclusive',
  measured: { value: 0.06, interval: [0.01, 0.11] },
  limit: 0.1,
  unit: 'ratio',
  n: 12,
  line: '6.0 % [1.0 %, 11.0 %] (limit 10.0 %)',
  reason: 'the interval lies across the limit: too little data to tell',
  advice: ['run more batches (PERF_BATCHES=5)'],
}

export const notApplicable: Assessment = {
  ...common,
  id: '001.sequential-batches.stays-loaded',
  title: 'the model stays loaded between batches',
  verdict: 'not applicable',
  measured: null,
  reason: 'this engine does not tell which process serves the model',
}

export const couldNotMeasure: Assessment = {
  ...common,
  id: '001.sequential-batches.success-rate',
  title: 'every request succeeds',
  verdict: 'could not measure',
  measured: null,
  reason: 'the client was the bottleneck: schedule delay p99 212 ms',
}
