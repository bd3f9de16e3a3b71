import type { ResultMetric, Results } from '../reporting/results-schema.ts'

/** Batches back to back, as the results hold them. */
export interface BatchesOfRun {
  /** `001.sequential-batches` */
  id: string
  /** Numbers of the batches, ascending from 1. */
  batches: number[]
  /** A number of a batch: `figure(2, 'throughput')`; of the whole run without a batch. */
  figure(batch: number | null, name: string): ResultMetric | null
}

const OF_BATCH = /^(.+)\.batch-(\d+)\.[^.]+$/

/** Every run of batches in the results, in their order. */
export function batchRunsOf({ metrics }: Pick<Results, 'metrics'>): BatchesOfRun[] {
  const byId = new Map(metrics.map(metric => [metric.id, metric]))
  const found = metrics.flatMap(({ id }) => {
    const [, run, batch] = OF_BATCH.exec(id) ?? []
    return run === undefined ? [] : [{ run, batch: Number(batch) }]
  })
  return [...Map.groupBy(found, ({ run }) => run)].map(([id, own]) => ({
    id,
    batches: [...new Set(own.map(({ batch }) => batch))].toSorted((a, b) => a - b),
    figure: (batch, name) => byId.get(batch === null ? `${id}.${name}` : `${id}.batch-${batch}.${name}`) ?? null,
  }))
}
