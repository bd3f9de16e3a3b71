import type { BatchRun } from '../batches/batch-run.ts'
import { type Measured, measured } from '../measured.ts'
import type { Observation } from '../observations/index.ts'
import type { Unit } from '../units.ts'
import type { BaselineArtifact } from './artifacts.ts'
import type { ResultMetric } from './results-schema.ts'
import { type BatchFigures, figuresOf } from './run-figures.ts'

/** Every number of a run under its id, for the results file. */
export function metricsOf(run: BatchRun): ResultMetric[] {
  const figures = figuresOf(run)
  const { ttft, tpot, e2e, tokens, client } = figures
  return [
    entry('requests', 'count', measured(figures.completed + figures.failed)),
    entry('failed', 'count', measured(figures.failed)),
    entry('success-rate', 'ratio', figures.successRate),
    entry('time', 'ms', measured(figures.wallMs)),
    entry('throughput', 'requests/s', figures.requestsPerSecond),
    entry('token-throughput', 'tokens/s', figures.tokensPerSecond),
    entry(
      'throughput-variance',
      'ratio',
      map(figures.consistency, value => value.variance),
    ),
    entry(
      'throughput-deviation',
      'requests/s',
      map(figures.consistency, value => value.deviation),
    ),
    ...memoryEntries('', figures.memory),
    entry('prompt-tokens', 'count', measured(tokens.prompt)),
    entry('completion-tokens', 'count', measured(tokens.completion)),
    entry('cached-tokens', 'count', tokens.cached),
    entry('cache-hit-rate', 'ratio', tokens.cacheHitRate),
    entry('ttft-p50', 'ms', ttft.p50),
    entry('ttft-p95', 'ms', ttft.p95),
    entry('tpot-p50', 'ms', tpot.p50),
    entry('tpot-p95', 'ms', tpot.p95),
    entry('e2e-p50', 'ms', e2e.p50),
    entry('e2e-p95', 'ms', e2e.p95),
    entry(
      'itl-p50',
      'ms',
      map(figures.itl, value => value.p50),
    ),
    entry(
      'itl-p95',
      'ms',
      map(figures.itl, value => value.p95),
    ),
    entry(
      'itl-p99',
      'ms',
      map(figures.itl, value => value.p99),
    ),
    entry('load-time', 'ms', run.loadMs),
    entry('event-loop-lag-p99', 'ms', measured(client.eventLoopLagP99Ms)),
    entry('schedule-delay-p99', 'ms', measured(client.scheduleDelayP99Ms)),
    ...figures.batches.flatMap(batchEntries),
  ].map(metric => ({ ...metric, id: `${run.id}.${metric.id}` }))
}

/** An observation as the results have it: its number, or why there is none. */
export function metricOfObservation({
  id,
  title,
  unit,
  measured: found,
  details,
  spoiledBy,
  scale,
}: Observation): ResultMetric {
  const point = found.state === 'measured' ? measured(found.value.value) : found
  const interval = found.state === 'measured' ? found.value.interval : null
  return {
    ...entry(id, unit, point),
    title,
    ...(interval && { interval: [...interval] }),
    ...(details.length > 0 && { details }),
    ...(scale !== 1 && { scale }),
    ...(spoiledBy !== null && { spoiledBy }),
  }
}

function batchEntries(batch: BatchFigures): ResultMetric[] {
  const prefix = `batch-${batch.number}.`
  return [
    entry(`${prefix}time`, 'ms', measured(batch.wallMs)),
    entry(`${prefix}throughput`, 'requests/s', batch.requestsPerSecond),
    entry(`${prefix}token-throughput`, 'tokens/s', batch.tokensPerSecond),
    entry(`${prefix}time-per-request`, 'ms', batch.msPerRequest),
    entry(`${prefix}success-rate`, 'ratio', batch.successRate),
    ...memoryEntries(prefix, batch.memory),
  ]
}

function memoryEntries(prefix: string, memory: BatchFigures['memory']): ResultMetric[] {
  return [
    entry(
      `${prefix}memory-before`,
      'bytes',
      map(memory, value => value.beforeBytes),
    ),
    entry(
      `${prefix}memory-after`,
      'bytes',
      map(memory, value => value.afterBytes),
    ),
    entry(
      `${prefix}memory-delta`,
      'bytes',
      map(memory, value => value.deltaBytes),
    ),
    entry(
      `${prefix}memory-peak`,
      'bytes',
      map(memory, value => value.peakBytes),
    ),
  ]
}

/** A number, or null with the reason: what JSON has no word for (NaN, Infinity) is not a number. */
function entry(id: string, unit: Unit, value: Measured): ResultMetric {
  if (value.state === 'absent') return { id, unit, value: null, reason: value.reason }
  if (Number.isFinite(value.value)) return { id, unit, value: value.value }
  return { id, unit, value: null, reason: `the value is ${value.value}` }
}

/** The same metrics with what was said about them against their baselines; one that is not among them is added. */
export function withBaselines(
  metrics: readonly ResultMetric[],
  baselines: readonly BaselineArtifact[],
): ResultMetric[] {
  const known = new Map(metrics.map(metric => [metric.id, metric]))
  for (const { metric: id, verdict, line } of baselines) {
    const metric = known.get(id) ?? { id, unit: null, value: null, reason: 'see the line of its baseline' }
    known.set(id, { ...metric, baseline: { verdict, line } })
  }
  return [...known.values()]
}

function map<T>(value: Measured<T>, to: (value: T) => number): Measured {
  return value.state === 'measured' ? measured(to(value.value)) : value
}
