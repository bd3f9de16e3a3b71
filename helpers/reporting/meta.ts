import type { BatchRun } from '../batches/batch-run.ts'
import type { Measured } from '../measured.ts'
import { formatQuantity, type Unit } from '../units.ts'
import { figuresOf, type LatencyFigures } from './run-figures.ts'

/**
 * A run's numbers as vitest's UI shows them best in `task.meta`: formatted strings under keys of at most 24 characters,
 * for its key column is narrow.
 */
export function metaTable(run: BatchRun): Record<string, string> {
  const { batches, completed, failed, ...figures } = figuresOf(run)
  const { memory, consistency, itl, tokens, client } = figures
  const table: Record<string, string> = {
    engine: `${run.engine.name} ${run.engine.version}`,
    model: run.model.name,
    workload: run.workload.description,
    requests: `${(completed + failed).toLocaleString('en')} in ${batches.length} batches`,
    'success rate': show(figures.successRate, 'ratio'),
    throughput: `${show(figures.requestsPerSecond, 'requests/s')} · ${show(figures.tokensPerSecond, 'tokens/s')}`,
    'TTFT p50 / p95': pair(figures.ttft),
    'TPOT p50 / p95': pair(figures.tpot),
    'ITL p50 / p95 / p99':
      itl.state === 'measured' ? [itl.value.p50, itl.value.p95, itl.value.p99].map(ms).join(' / ') : itl.reason,
    'E2E p50 / p95': pair(figures.e2e),
    memory:
      memory.state === 'measured'
        ? `${bytes(memory.value.beforeBytes)} → ${bytes(memory.value.afterBytes)}, peak ${bytes(memory.value.peakBytes)}`
        : memory.reason,
    'memory Δ':
      memory.state === 'measured' ? formatQuantity(memory.value.deltaBytes, 'bytes', { signed: true }) : memory.reason,
    'variance of batches':
      consistency.state === 'measured' ? formatQuantity(consistency.value.variance, 'ratio') : consistency.reason,
    'cache hit rate': show(tokens.cacheHitRate, 'ratio'),
    'client delay p50 / p99': `${ms(client.scheduleDelayP50Ms)} / ${ms(client.scheduleDelayP99Ms)}`,
  }
  return table
}

const ms = (value: number): string => formatQuantity(value, 'ms')
const bytes = (value: number): string => formatQuantity(value, 'bytes')

const show = (value: Measured, unit: Unit): string =>
  value.state === 'measured' ? formatQuantity(value.value, unit) : value.reason

const pair = ({ p50, p95 }: LatencyFigures): string => `${show(p50, 'ms')} / ${show(p95, 'ms')}`
