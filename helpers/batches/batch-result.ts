import type { Residency } from '../engines/engine.ts'
import type { LoadResult } from '../load/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { disturbanceBetween, memoryDomain, type Reading, type Sampler } from '../sampling/index.ts'
import type { BatchResult } from './batch-run.ts'

/** What was seen of one batch. */
export interface BatchEvidence {
  index: number
  load: LoadResult
  before: Reading
  after: Reading
  /** One reading after each chunk. */
  readings: Reading[]
  residency: { before: Residency; after: Residency }
  cores: number
  logErrors: string[]
}

/** Puts the evidence of one batch together. The start delay is filled in when all batches are known. */
export async function batchResult(evidence: BatchEvidence, sampler: Sampler): Promise<BatchResult> {
  const { index, load, before, after, readings, residency, cores, logErrors } = evidence
  const { tally } = load
  const memoryOf = memoryReader(before)
  return {
    index,
    startMs: load.startMs,
    endMs: load.endMs,
    chunks: load.chunks.map((chunk, i) => {
      const reading = readings[i]
      return { ...chunk, memoryBytes: reading ? memoryOf(reading) : absent('no reading was taken after this chunk') }
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
    memory: await memoryOver(before, after, readings, sampler),
    residency,
    startDelayMs: absent('not compared with the other batches yet'),
    disturbance: disturbanceBetween(before, after, cores),
    logErrors,
  }
}

/** Reads the memory that criteria about "VRAM" are judged on, always the one that the first reading had. */
function memoryReader(first: Reading): (reading: Reading) => Measured {
  const domain = memoryDomain(first)
  return domain.state === 'absent' ? () => domain : reading => reading.metrics[domain.value.metric]
}

async function memoryOver(
  before: Reading,
  after: Reading,
  readings: Reading[],
  sampler: Sampler,
): Promise<BatchResult['memory']> {
  const domain = memoryDomain(before)
  if (domain.state === 'absent') return domain
  const first = before.metrics[domain.value.metric]
  const last = after.metrics[domain.value.metric]
  if (first.state === 'absent') return first
  if (last.state === 'absent') return last
  const sampled = await sampler.window(domain.value.metric, before.atMs, after.atMs)
  const seen = [before, ...readings].flatMap(({ metrics }) => {
    const value = metrics[domain.value.metric]
    return value.state === 'measured' ? [value.value] : []
  })
  const peakBytes = Math.max(...seen, sampled.state === 'measured' ? sampled.value.max : 0)
  return measured({ beforeBytes: first.value, afterBytes: last.value, peakBytes })
}
