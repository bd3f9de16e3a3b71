import { absent, measured } from '../measured.ts'
import { type Decision, decideFrom } from './decision.ts'
import type { Results } from './results-schema.ts'

/** Runs of batches in the results: each is decided on. */
export function decidedRuns({ engine, metrics }: Results): string[] {
  const ids = new Set((engine?.runs ?? []).map(({ id }) => id))
  return [...ids].filter(id => metrics.some(metric => metric.id === `${id}.batch-1.throughput`))
}

/** The plan's decision on a run of batches, from what the results hold of it. */
export function decisionOf({ engine, items, metrics }: Results, runId: string): Decision {
  const rate = metrics.find(({ id }) => id === `${runId}.throughput`)
  const batchRates = metrics.flatMap(({ id, value }) =>
    id.startsWith(`${runId}.batch-`) && /^batch-\d+\.throughput$/.test(id.slice(runId.length + 1)) && value !== null
      ? [value]
      : [],
  )
  return decideFrom(
    items.filter(({ id }) => id.startsWith(`${runId}.`)),
    {
      requestsPerSecond:
        rate && rate.value !== null ? measured(rate.value) : absent(rate?.reason ?? 'the results hold no rate'),
      batchRates,
      scale: engine?.runs.find(({ id }) => id === runId)?.scale ?? 1,
    },
  )
}
