import { type MinimumEffect, minimumEffect } from '../baselines/minimum-effect.ts'
import { median } from '../statistics/index.ts'
import type { BatchResult, BatchRun } from './batch-run.ts'
import { chunkRate } from './chunk-rate.ts'

/** What a run is compared with its baseline on. One sample a chunk: chunks are alike, requests of one chunk queue. */
export const baselineMetrics = {
  throughput: { unit: 'requests/s', better: 'higher', kind: 'throughput', words: 'throughput' },
  ttft: { unit: 'ms', better: 'lower', kind: 'ttft p50', words: 'TTFT' },
  tpot: { unit: 'ms', better: 'lower', kind: 'tpot p50', words: 'TPOT' },
  memory: { unit: 'bytes', better: 'lower', kind: 'memory', words: 'memory' },
} as const

export type BaselineMetricName = keyof typeof baselineMetrics

/**
 * The least change that counts of a metric by its id (`001.sequential-batches.ttft`); null for one that is none of these.
 *
 * @param scale what the model's size was divided by
 */
export function minimumEffectOf(metric: string, scale: number): MinimumEffect | null {
  const name = metric.split('.').at(-1) ?? ''
  return isBaselineMetric(name) ? minimumEffect(baselineMetrics[name].kind, { scale }) : null
}

const isBaselineMetric = (name: string): name is BaselineMetricName => Object.hasOwn(baselineMetrics, name)

/** The samples of one metric, a chunk each, oldest first; chunks in which nothing completed have none. */
export function baselineSamples(run: BatchRun, metric: BaselineMetricName): number[] {
  return run.batches.flatMap(batch => samplesOf(batch, metric))
}

function samplesOf(batch: BatchResult, metric: BaselineMetricName): number[] {
  switch (metric) {
    case 'throughput':
      return batch.chunks.filter(chunk => chunk.completed > 0).map(chunkRate)
    case 'ttft':
      return mediansByChunk(batch, batch.ttftMs)
    case 'tpot':
      return batch.tpotMs.length === batch.completed ? mediansByChunk(batch, batch.tpotMs) : []
    case 'memory':
      return batch.chunks
        .map(chunk => chunk.memoryBytes)
        .filter(bytes => bytes.state === 'measured')
        .map(bytes => bytes.value)
  }
}

/** `values` holds one entry a completed request, in order of completion, so the first chunk's come first. */
function mediansByChunk(batch: BatchResult, values: number[]): number[] {
  let from = 0
  return batch.chunks.flatMap(({ completed }) => {
    const chunk = values.slice(from, from + completed)
    from += completed
    return chunk.length > 0 ? [median(chunk)] : []
  })
}
