import type { BatchResult, BatchRun, ClientHealth } from '../batches/batch-run.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { mean, minimumSamplesFor, quantile, standardDeviation } from '../statistics/index.ts'
import { busyMsOf } from '../verdicts/index.ts'

/** One number a quantile, each with the reason where there are too few samples. Milliseconds. */
export interface LatencyFigures {
  n: number
  mean: Measured
  p50: Measured
  p95: Measured
}

export interface MemoryFigures {
  beforeBytes: number
  afterBytes: number
  /** after − before. */
  deltaBytes: number
  peakBytes: number
}

/** What the plan tracks for each batch. */
export interface BatchFigures {
  /** From 1. */
  number: number
  /** From the first request sent to the last one answered, pauses between chunks included. */
  wallMs: number
  completed: number
  failed: number
  /** Share of requests that are complete. Absent without requests. */
  successRate: Measured
  /** Completed requests, and tokens generated, per second in which chunks ran; pauses between chunks do not count. */
  requestsPerSecond: Measured
  tokensPerSecond: Measured
  /** Mean time from sending a request to its last token. */
  msPerRequest: Measured
  memory: Measured<MemoryFigures>
}

/** What the plan tracks for the run. */
export interface RunFigures {
  batches: BatchFigures[]
  completed: number
  failed: number
  failures: Record<string, number>
  successRate: Measured
  /** Sum over the batches. */
  wallMs: number
  requestsPerSecond: Measured
  tokensPerSecond: Measured
  /** From before the first batch to after the last one. */
  memory: Measured<MemoryFigures>
  /** Over the batches' request rates; `variance` is (max − min) / max, as the plan has it. Absent below two batches. */
  consistency: Measured<{ min: number; mean: number; max: number; deviation: number; variance: number }>
  tokens: { prompt: number; completion: number; cached: Measured; cacheHitRate: Measured }
  ttft: LatencyFigures
  tpot: LatencyFigures
  e2e: LatencyFigures
  /** Worst batch: gaps are pooled within a batch, and quantiles cannot be joined. */
  itl: Measured<{ p50: number; p95: number; p99: number; max: number }>
  client: ClientHealth
}

/** Every number of the final summary, from one run. */
export function figuresOf(run: BatchRun): RunFigures {
  const batches = run.batches.map(batchFigures)
  const total = (of: (batch: BatchResult) => number) => run.batches.reduce((sum, batch) => sum + of(batch), 0)
  const completed = total(batch => batch.completed)
  const failed = total(batch => batch.failed)
  const busyMs = total(busyMsOf)
  const prompt = total(batch => batch.promptTokens)
  const completion = total(batch => batch.completionTokens)
  const cached = sumOf(run.batches.map(batch => batch.cachedTokens))
  return {
    batches,
    completed,
    failed,
    failures: failuresOf(run),
    successRate: ratio(completed, completed + failed, 'no request was sent'),
    wallMs: total(wallMsOf),
    requestsPerSecond: ratio(completed * 1000, busyMs, 'no time was measured'),
    tokensPerSecond: ratio(completion * 1000, busyMs, 'no time was measured'),
    memory: overallMemory(batches),
    consistency: consistencyOf(batches),
    tokens: {
      prompt,
      completion,
      cached,
      cacheHitRate: cached.state === 'measured' ? ratio(cached.value, prompt, 'no prompt tokens were counted') : cached,
    },
    ttft: latency(run.batches.flatMap(batch => batch.ttftMs)),
    tpot: latency(run.batches.flatMap(batch => batch.tpotMs)),
    e2e: latency(run.batches.flatMap(batch => batch.e2eMs)),
    itl: worstItl(run),
    client: run.client,
  }
}

function batchFigures(batch: BatchResult): BatchFigures {
  const { completed, failed, memory } = batch
  const busyMs = busyMsOf(batch)
  return {
    number: batch.index + 1,
    wallMs: wallMsOf(batch),
    completed,
    failed,
    successRate: ratio(completed, completed + failed, 'no request was sent'),
    requestsPerSecond: ratio(completed * 1000, busyMs, 'no time was measured'),
    tokensPerSecond: ratio(batch.completionTokens * 1000, busyMs, 'no time was measured'),
    msPerRequest: batch.e2eMs.length > 0 ? measured(mean(batch.e2eMs)) : absent('no request was completed'),
    memory:
      memory.state === 'measured'
        ? measured({ ...memory.value, deltaBytes: memory.value.afterBytes - memory.value.beforeBytes })
        : memory,
  }
}

const wallMsOf = (batch: BatchResult): number => batch.endMs - batch.startMs

function failuresOf(run: BatchRun): Record<string, number> {
  const failures: Record<string, number> = {}
  for (const batch of run.batches)
    for (const [failure, count] of Object.entries(batch.failures)) failures[failure] = (failures[failure] ?? 0) + count
  return failures
}

function overallMemory(batches: readonly BatchFigures[]): Measured<MemoryFigures> {
  const missing = batches.find(batch => batch.memory.state === 'absent')
  if (missing?.memory.state === 'absent') return missing.memory
  const values = batches.flatMap(batch => (batch.memory.state === 'measured' ? [batch.memory.value] : []))
  const first = values.at(0)
  const last = values.at(-1)
  if (!first || !last) return absent('no batch was run')
  return measured({
    beforeBytes: first.beforeBytes,
    afterBytes: last.afterBytes,
    deltaBytes: last.afterBytes - first.beforeBytes,
    peakBytes: Math.max(...values.map(value => value.peakBytes)),
  })
}

function consistencyOf(batches: readonly BatchFigures[]): RunFigures['consistency'] {
  const rates = batches.flatMap(b => (b.requestsPerSecond.state === 'measured' ? [b.requestsPerSecond.value] : []))
  if (rates.length < 2) return absent('it takes two batches to compare')
  const [min, max] = [Math.min(...rates), Math.max(...rates)]
  if (max === 0) return absent('no request was completed')
  return measured({ min, mean: mean(rates), max, deviation: standardDeviation(rates), variance: (max - min) / max })
}

function latency(valuesMs: readonly number[]): LatencyFigures {
  const at = (q: number): Measured => {
    const least = minimumSamplesFor(q)
    return valuesMs.length >= least
      ? measured(quantile(valuesMs, q))
      : absent(valuesMs.length === 0 ? 'not known' : `needs ${least} requests, this run has ${valuesMs.length}`)
  }
  return {
    n: valuesMs.length,
    mean: valuesMs.length > 0 ? measured(mean(valuesMs)) : absent('no request was completed'),
    p50: at(0.5),
    p95: at(0.95),
  }
}

function worstItl(run: BatchRun): RunFigures['itl'] {
  const gaps = run.batches.flatMap(batch => (batch.itlMs ? [batch.itlMs] : []))
  if (gaps.length === 0) return absent('no answer had two events')
  const worst = (key: 'p50' | 'p95' | 'p99' | 'max') => Math.max(...gaps.map(gap => gap[key]))
  return measured({ p50: worst('p50'), p95: worst('p95'), p99: worst('p99'), max: worst('max') })
}

function sumOf(values: readonly Measured[]): Measured {
  let total = 0
  for (const value of values) {
    if (value.state === 'absent') return value
    total += value.value
  }
  return measured(total)
}

function ratio(part: number, whole: number, reason: string): Measured {
  return whole > 0 ? measured(part / whole) : absent(reason)
}
