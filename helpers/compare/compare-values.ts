import type { ResultMetric, Results } from '../reporting/index.ts'
import { median } from '../statistics/index.ts'
import type { NamedRun, ResultsComparison, ValueComparison } from './results-comparison.ts'

/** Numbers without samples of both sides, side by side. Those of another model, workload, scale or unit are refused. */
export function compareValues(
  base: readonly NamedRun[],
  head: readonly NamedRun[],
): Pick<ResultsComparison, 'values' | 'valuesRefused'> {
  const runs = [...base, ...head]
  const sampled = new Set(runs.flatMap(({ results }) => results.samples.map(({ metric }) => metric)))
  const ids = new Set(runs.flatMap(({ results }) => results.metrics.map(({ id }) => id)))
  const others = otherDefinitions(base, head)
  const refused = new Map<string, number>()
  const values: ValueComparison[] = []
  for (const id of [...ids].filter(id => !sampled.has(id))) {
    const [before, now] = [metricsOf(base, id), metricsOf(head, id)]
    if (before.length === 0 || now.length === 0) continue
    const reason = others.find(({ prefix }) => id.startsWith(prefix))?.reason ?? unlike(id, [...before, ...now])
    if (reason !== null) refused.set(reason, (refused.get(reason) ?? 0) + 1)
    const unit = before[0]?.unit ?? now[0]?.unit ?? null
    if (reason !== null || unit === null) continue
    values.push({ id, unit, ...sides(medianOf(before), medianOf(now)) })
  }
  return {
    values: values.filter(({ base, head }) => base !== null || head !== null),
    valuesRefused: [...refused].map(([reason, count]) => `${count} ${count === 1 ? 'number' : 'numbers'} of ${reason}`),
  }
}

const metricsOf = (runs: readonly NamedRun[], id: string): ResultMetric[] =>
  runs.flatMap(({ results }) => results.metrics.filter(metric => metric.id === id && metric.unit !== null))

function medianOf(metrics: readonly ResultMetric[]): number | null {
  const values = metrics.map(({ value }) => value).filter(value => value !== null)
  return values.length > 0 ? median(values) : null
}

function sides(base: number | null, head: number | null): Pick<ValueComparison, 'base' | 'head' | 'change'> {
  const change = base !== null && head !== null && base > 0 && head >= 0 ? head / base - 1 : null
  return { base, head, change }
}

/** Why the numbers of an id cannot stand side by side; null where they can. */
function unlike(id: string, metrics: readonly ResultMetric[]): string | null {
  const units = new Set(metrics.map(({ unit }) => unit))
  if (units.size > 1) return `${id}: in different units (${[...units].join(', ')})`
  const scales = new Set(metrics.map(({ scale = 1 }) => (scale === 1 ? 'whole' : `÷ ${scale}`)))
  return scales.size > 1 ? `${id}: with models of different scales (${[...scales].join(', ')})` : null
}

/** Specs that the sides ran with other models or workloads: none of their numbers can be compared. */
function otherDefinitions(base: readonly NamedRun[], head: readonly NamedRun[]): { prefix: string; reason: string }[] {
  const [before, now] = [definitions(base), definitions(head)]
  return [...before].flatMap(([id, one]) => {
    const other = now.get(id)
    return other === undefined || other === one
      ? []
      : [{ prefix: `${id}.`, reason: `${id}: measured with ${one} on one side, ${other} on the other` }]
  })
}

/** Each spec's models and workloads, for people. */
function definitions(runs: readonly NamedRun[]): Map<string, string> {
  const all = new Map<string, Set<string>>()
  for (const { id, model, scale, workload } of runs.flatMap(({ results }) => runsOf(results))) {
    all.set(id, (all.get(id) ?? new Set()).add(`${model} (scale ${scale ?? 'unknown'}), workload ${workload}`))
  }
  return new Map([...all].map(([id, found]) => [id, [...found].sort().join('; ')]))
}

const runsOf = ({ engine }: Results): NonNullable<Results['engine']>['runs'] => engine?.runs ?? []
