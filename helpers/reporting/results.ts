import { availableParallelism, cpus, totalmem } from 'node:os'
import { type BaselineMetricName, baselineMetrics, baselineSamples } from '../batches/baseline-samples.ts'
import type { BatchRun } from '../batches/batch-run.ts'
import { disturbanceOf } from '../verdicts/index.ts'
import { statement } from './assessment-lines.ts'
import { type Item, itemsOf } from './items.ts'
import type { Outcome } from './outcome.ts'
import type { MetricSamples, ResultItem, Results } from './results-schema.ts'
import { metricOfObservation, metricsOf, withBaselines } from './run-metrics.ts'

export interface ResultsInput {
  startedAt: Date
  profile: string
  host: Omit<Results['host'], 'hardware'>
  outcome: Outcome
  /** What the run ends with, as far as it is known. */
  exit: Results['exit']
}

/** results.json as an object, from what the specs handed over. Findings are answered from it: it has none itself. */
export function buildResults({ startedAt, profile, host, outcome, exit }: ResultsInput): Results {
  const { tests, runs, studies, observations, tables, charts } = outcome
  const baselines = tests.flatMap(test => test.baselines)
  const first = runs.at(0) ?? studies.at(0)
  return {
    schema: 1,
    startedAt: startedAt.toISOString(),
    profile,
    host: { hardware: first?.hardware ?? null, ...host },
    engine: first
      ? {
          ...first.engine,
          url: withoutCredentials(first.engine.url),
          runs: [
            ...runs.map(({ id, model, workload }) =>
              resultRun(id, model, `${workload.hash} (${workload.description})`),
            ),
            ...studies.flatMap(({ id, models }) =>
              models.map(model => resultRun(id, model, `${model.slots} × ${model.contextTokens} tokens of context`)),
            ),
          ],
        }
      : null,
    exit,
    items: itemsOf(outcome).map(resultItem),
    metrics: withBaselines([...runs.flatMap(metricsOf), ...observations.map(metricOfObservation)], baselines),
    tables,
    charts,
    samples: runs.flatMap(samplesOf),
    findings: [],
  }
}

const resultRun = (
  id: string,
  { name, scale, bytes }: BatchRun['model'],
  workload: string,
): NonNullable<Results['engine']>['runs'][number] => ({
  id,
  model: name,
  scale: finite(scale),
  modelBytes: finite(bytes),
  workload,
})

/** What a baseline would keep of the run; no entry where a metric has no samples. */
function samplesOf(run: BatchRun): MetricSamples[] {
  const spoiledBy = disturbanceOf(run)
  return (Object.keys(baselineMetrics) as BaselineMetricName[])
    .map(name => ({
      metric: `${run.id}.${name}`,
      unit: baselineMetrics[name].unit,
      better: baselineMetrics[name].better,
      workload: run.workload.hash,
      model: run.model.name,
      scale: run.model.scale,
      samples: baselineSamples(run, name).filter(Number.isFinite),
      ...(spoiledBy !== null && { spoiledBy }),
    }))
    .filter(({ samples }) => samples.length > 0)
}

/** The machine that the suite runs on. */
export function thisHost(): ResultsInput['host'] {
  return {
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus().at(0)?.model.trim() || 'unknown',
    cores: availableParallelism(),
    ramBytes: totalmem(),
    node: process.version,
  }
}

function resultItem({ id, title, verdict, reason, assessment, spec, test }: Item): ResultItem {
  const evidence = {
    spec,
    test,
    line: assessment ? statement(assessment) : reason,
    data: assessment?.data ?? '',
    advice: assessment?.advice ?? [],
  }
  const base = { id, title, verdict, ...(reason ? { reason } : {}), evidence }
  if (!assessment || assessment.measured === null) return { ...base, unit: null, n: 0 }
  const { measured, limit, unit, n } = assessment
  const odd = [measured.value, ...(measured.interval ?? []), ...(limit === null ? [] : [limit])].filter(
    value => !Number.isFinite(value),
  )
  const reasons = [reason, odd.length > 0 ? `not a finite number: ${odd.join(', ')}` : ''].filter(Boolean)
  return {
    ...base,
    ...(reasons.length > 0 ? { reason: reasons.join('; ') } : {}),
    measured: {
      value: finite(measured.value),
      interval: measured.interval ? [finite(measured.interval[0]), finite(measured.interval[1])] : null,
    },
    ...(limit === null ? {} : { limit: finite(limit) }),
    unit,
    n: Number.isInteger(n) && n >= 0 ? n : 0,
  }
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** `http://user:secret@host/` without the secret. */
function withoutCredentials(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/@]*@/, '$1')
}
