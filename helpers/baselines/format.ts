import type { Baseline, BaselineMetric, BaselineRun } from './schema.ts'
import { maximumSamples } from './schema.ts'

/**
 * The file's text: fixed order of fields, metrics sorted by name, one line an engine start, so that recording a start
 * adds one line a metric to the diff.
 */
export function formatBaseline(baseline: Baseline): string {
  const { schema, hardware, engine, model, metrics } = baseline
  const blocks = Object.entries(metrics)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, metric]) => `    ${JSON.stringify(name)}: ${formatMetric(metric)}`)
  const head = [
    `"schema": ${schema}`,
    `"hardware": ${indented(hardware)}`,
    `"engine": ${indented(engine)}`,
    `"model": ${indented(model)}`,
  ]
  const body = blocks.length === 0 ? '{}' : `{\n${blocks.join(',\n')}\n  }`
  return `{\n  ${[...head, `"metrics": ${body}`].join(',\n  ')}\n}\n`
}

/** Keeps 4 significant digits, and of more than 200 samples 200 evenly spaced quantiles. */
export function compactSamples(samples: readonly number[]): number[] {
  return thinned(samples).map(value => Number(value.toPrecision(4)))
}

function thinned(samples: readonly number[]): readonly number[] {
  if (samples.length <= maximumSamples) return samples
  const sorted = samples.toSorted((a, b) => a - b)
  return Array.from({ length: maximumSamples }, (_, i) => {
    // The middle of the i-th of 200 equal parts, interpolated between its neighbours.
    const at = ((i + 0.5) / maximumSamples) * sorted.length - 0.5
    const below = sorted[Math.floor(at)] ?? Number.NaN
    const above = sorted[Math.ceil(at)] ?? below
    return below + (above - below) * (at - Math.floor(at))
  })
}

function formatMetric({ unit, better, workload, runs }: BaselineMetric): string {
  const lines = runs.map(run => `        ${formatRun(run)}`)
  const fields = Object.entries({ unit, better, workload }).map(([key, value]) => `"${key}": ${JSON.stringify(value)}`)
  return `{\n      ${fields.join(',\n      ')},\n      "runs": [\n${lines.join(',\n')}\n      ]\n    }`
}

const formatRun = ({ at, commit, samples }: BaselineRun) =>
  `{ "at": ${JSON.stringify(at)}, "commit": ${JSON.stringify(commit)}, "samples": [${samples.join(', ')}] }`

const indented = (value: unknown) => JSON.stringify(value, null, 2).replaceAll('\n', '\n  ')
