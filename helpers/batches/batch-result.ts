import type { Residency } from '../engines/engine.ts'
import type { LoadResult } from '../load/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { disturbanceBetween, type Metric, type Reading, type Sampler } from '../sampling/index.ts'
import type { BatchResult } from './batch-run.ts'

/** What was seen of one batch. */
export interface BatchEvidence {
  index: number
  /** The memory that criteria about "VRAM" are judged on, the same one over the whole run. */
  memory: Measured<Metric>
  /** All of it was sent before the run was resumed: no memory was read, and nothing else was looked at. */
  wasSentBefore: boolean
  load: LoadResult
  before: Reading
  after: Reading
  /** One reading after each chunk, by its index; none for chunks from before the run was resumed. */
  readings: Reading[]
  /** Why there is none after most chunks; null where there is one after each. */
  noRest: string | null
  residency: { before: Residency; after: Residency }
  cores: number
  kvCacheShare: Measured
  logErrors: string[]
}

const BEFORE_RESUME = 'it was sent before the run was resumed'

/** Puts the evidence of one batch together. The start delay is filled in when all batches are known. */
export async function batchResult(evidence: BatchEvidence, sampler: Sampler): Promise<BatchResult> {
  const { index, memory, load, before, after, readings, residency, cores, kvCacheShare, logErrors } = evidence
  const unread = absent((evidence.wasSentBefore ? null : evidence.noRest) ?? BEFORE_RESUME)
  const { tally } = load
  const memoryOf = (reading: Reading) => (memory.state === 'absent' ? memory : reading.metrics[memory.value])
  return {
    index,
    startMs: load.startMs,
    endMs: load.endMs,
    chunks: load.chunks.map((chunk, i) => {
      const reading = readings[i]
      return { ...chunk, memoryBytes: reading ? memoryOf(reading) : unread }
    }),
    completed: tally.completed,
    failed: tally.failed,
    failures: tally.failures,
    promptTokens: tally.promptTokens,
    completionTokens: tally.completionTokens,
    cachedTokens: tally.cachedTokens,
    ttftMs: tally.ttftMs,
    ttfotMs: tally.ttfotMs,
    e2eMs: tally.e2eMs,
    tpotMs: tally.tpotMs,
    itlMs: tally.itlMs,
    memory: await memoryOver(evidence, sampler),
    residency,
    startDelayMs: absent('not compared with the other batches yet'),
    disturbance: disturbanceBetween(
      before,
      after,
      cores,
      await sampler.window('gpuThrottled', before.atMs, after.atMs),
    ),
    engineLoadMs: tally.engineLoadMs,
    kvCacheShare,
    logErrors,
  }
}

async function memoryOver(
  { memory, wasSentBefore, before, after, readings }: BatchEvidence,
  sampler: Sampler,
): Promise<BatchResult['memory']> {
  if (memory.state === 'absent') return memory
  if (wasSentBefore) return absent(BEFORE_RESUME)
  const first = before.metrics[memory.value]
  const last = after.metrics[memory.value]
  if (first.state === 'absent') return first
  if (last.state === 'absent') return last
  const sampled = await sampler.window(memory.value, before.atMs, after.atMs)
  const seen = [before, ...Object.values(readings)].flatMap(({ metrics }) => {
    const value = metrics[memory.value]
    return value.state === 'measured' ? [value.value] : []
  })
  const peakBytes = Math.max(...seen, sampled.state === 'measured' ? sampled.value.max : 0)
  return measured({ beforeBytes: first.value, afterBytes: last.value, peakBytes })
}
