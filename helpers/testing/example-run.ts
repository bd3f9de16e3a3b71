import type { BatchResult, BatchRun, Disturbance } from '../batches/batch-run.ts'
import type { Residency } from '../engines/engine.ts'
import { absent, type Measured, measured } from '../measured.ts'

/** What a test varies; everything else is a healthy engine that answers 22 requests a chunk. */
export interface ExampleRun {
  /** Seconds of every chunk of every batch. */
  chunkSeconds: number[][]
  /** Memory after chunk n of the run (from 0), in bytes; chunk −1 is before the first batch. */
  memoryAfter: (chunk: number) => number
  failedPerChunk: number
  failure: 'http-status' | 'connection-reset'
  ttftMs: (request: number) => number
  residency: (edge: number) => Residency
  startDelayMs: (batch: number) => number
  disturbance: (batch: number) => Partial<Disturbance>
  logErrors: string[]
  engineLoadMs: (batch: number) => Measured
  kvCacheShare: (batch: number) => Measured
  scale: number
  run: Partial<BatchRun>
}

const REQUESTS_PER_CHUNK = 22

export const MIB = 2 ** 20

/** Three batches of four chunks with 1 % of jitter: what a healthy engine looks like. */
export const steadyChunks = [
  [1.5, 1.51, 1.49, 1.5],
  [1.5, 1.49, 1.51, 1.51],
  [1.51, 1.5, 1.49, 1.5],
]

export const loaded = (instance: string, generatedTokens: number): Residency => ({
  state: 'loaded',
  instance: measured(instance),
  generatedTokens: measured(generatedTokens),
  loads: absent('no log'),
})

/** A BatchRun by hand, healthy unless told otherwise. */
export function exampleRun(changes: Partial<ExampleRun> = {}): BatchRun {
  const example: ExampleRun = {
    chunkSeconds: steadyChunks,
    memoryAfter: chunk => 4096 * MIB + (chunk % 2 === 0 ? 0.1 : 0) * MIB,
    failedPerChunk: 0,
    failure: 'http-status',
    ttftMs: request => 100 + (request % 10),
    residency: edge => loaded('4711:99', 1000 * edge),
    startDelayMs: () => 5,
    disturbance: () => ({}),
    logErrors: [],
    engineLoadMs: () => absent('the engine does not tell'),
    kvCacheShare: () => absent('the engine has no gauge of its KV cache'),
    scale: 1,
    run: {},
    ...changes,
  }
  let clockMs = 1_000_000
  let chunkNumber = 0
  const batches = example.chunkSeconds.map((seconds, index): BatchResult => {
    const beforeBytes = example.memoryAfter(chunkNumber - 1)
    const startMs = clockMs
    const chunks = seconds.map((length, chunk) => {
      const start = clockMs
      clockMs += length * 1000
      return {
        index: chunk,
        startMs: start,
        endMs: clockMs,
        completed: REQUESTS_PER_CHUNK - example.failedPerChunk,
        failed: example.failedPerChunk,
        memoryBytes: measured(example.memoryAfter(chunkNumber++)),
      }
    })
    const failed = chunks.length * example.failedPerChunk
    const completed = chunks.length * REQUESTS_PER_CHUNK - failed
    const ttftMs = Array.from({ length: completed }, (_, i) => example.ttftMs(i))
    const afterBytes = example.memoryAfter(chunkNumber - 1)
    return {
      index,
      startMs,
      endMs: clockMs,
      chunks,
      completed,
      failed,
      failures: failed > 0 ? { [example.failure]: failed } : {},
      promptTokens: completed * 64,
      completionTokens: completed * 16,
      cachedTokens: measured(0),
      ttftMs,
      ttfotMs: ttftMs,
      e2eMs: ttftMs.map(ms => ms + 300),
      tpotMs: ttftMs.map(() => 20),
      itlMs: { p50: 20, p95: 22, p99: 25, max: 30 },
      memory: measured({ beforeBytes, afterBytes, peakBytes: Math.max(beforeBytes, afterBytes) }),
      residency: { before: example.residency(2 * index), after: example.residency(2 * index + 1) },
      startDelayMs: measured(example.startDelayMs(index)),
      disturbance: {
        foreignCpu: measured(0.004),
        steal: measured(0.001),
        foreignSwapBytes: measured(0),
        throttled: absent('this machine has no throttle counters'),
        ...example.disturbance(index),
      },
      logErrors: example.logErrors,
      engineLoadMs: example.engineLoadMs(index),
      kvCacheShare: example.kvCacheShare(index),
    }
  })
  return {
    id: '001.sequential-batches',
    engine: {
      name: 'embedded',
      version: '3.22.1',
      origin: 'spawned',
      runsAs: 'child processes',
      cautions: [],
      url: 'http://127.0.0.1:40000',
      arguments: [],
    },
    model: { name: 'qwen2.5-0.5b', scale: example.scale, bytes: 282 * MIB },
    hardware: 'amd-epyc-2c-24g',
    workload: { hash: '0123456789abcdef', description: '64 prompt tokens, 16 output tokens' },
    memoryGrowsByDesign: null,
    memoryDomain: measured('host memory of the engine (PSS)'),
    freeMemoryBytes: measured(16 * 1024 * MIB),
    earlierRequests: 0,
    batches,
    client: { eventLoopLagP99Ms: 1, eventLoopLagMaxMs: 3, scheduleDelayP50Ms: 0.1, scheduleDelayP99Ms: 1 },
    accounts: absent('requests go straight to the engine: each has an answer of its own'),
    surroundings: { strays: [], otherConnections: measured(0), diskBytesPerSecond: measured(1000) },
    loadMs: measured(400),
    ...example.run,
  }
}
