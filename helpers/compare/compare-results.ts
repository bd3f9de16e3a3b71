import { BadInputError } from '../errors.ts'
import { compareCriteria } from './compare-criteria.ts'
import { compareMetrics } from './compare-metric.ts'
import { compareValues } from './compare-values.ts'
import type { JudgedMetric, MetricComparison, NamedRun, ResultsComparison } from './results-comparison.ts'
import { mixedSettings, settingDifferences } from './settings.ts'

/**
 * Holds runs (the head) against other runs (the base): two branches, two engines, two machines. A run is one engine
 * start, so several a side tell what starts differ by without a change; with 3 or more on the base's side metrics are
 * judged as the gate does.
 *
 * @throws BadInputError when a side has no run, or a run is there twice: it would count as two starts.
 */
export function compareResults(base: readonly NamedRun[], head: readonly NamedRun[]): ResultsComparison {
  if (base.length === 0 || head.length === 0)
    throw new BadInputError(
      `comparing results: the base has ${base.length} runs and the head ${head.length}; allowed: at least one each.`,
    )
  checkDistinct([...base, ...head])
  return {
    base: { runs: base.map(({ name }) => name) },
    head: { runs: head.map(({ name }) => name) },
    differences: settingDifferences(base, head),
    cautions: [...mixedSettings('base', base), ...mixedSettings('head', head)],
    metrics: compareMetrics(base, head),
    ...compareCriteria(base, head),
    ...compareValues(base, head),
  }
}

/** What the gate would stop. */
export const regressionsIn = ({ metrics }: { metrics: readonly MetricComparison[] }): JudgedMetric[] =>
  metrics.filter(metric => metric.state === 'judged').filter(({ verdict }) => verdict === 'regressed')

function checkDistinct(runs: readonly NamedRun[]): void {
  const seen = new Map<string, string>()
  for (const { name, results } of runs) {
    const key = JSON.stringify([results.startedAt, results.host, results.engine?.url])
    const known = seen.get(key)
    if (known !== undefined)
      throw new BadInputError(
        `comparing results: ${known} and ${name} are the same run, started at ${results.startedAt}; allowed: each run once, ` +
          'because each counts as an engine start.',
      )
    seen.set(key, name)
  }
}
