import { failuresInWords, type HttpRun, type Scaling } from '../../helpers/batch-inference/index.ts'
import { rateOf, tokenRateOf } from '../../helpers/capacity/index.ts'
import { type BeforeAndAfter, outstandingOf } from '../../helpers/configurations/index.ts'
import { formatQuantity, type Measured, type MeasuredTable, type Observation } from '../../helpers/index.ts'
import { safeGpuBytes } from '../../helpers/recommendations/index.ts'
import { median } from '../../helpers/statistics/index.ts'
import type { Estimate } from '../../helpers/verdicts/index.ts'

/** A row a configuration. */
export function runsTable(id: string, runs: readonly HttpRun[]): MeasuredTable {
  return {
    id,
    title: 'Configurations over HTTP',
    columns: [
      'Configuration',
      'Batch × concurrency',
      'Outstanding',
      'Throughput',
      'Tokens',
      'Latency p50',
      'Peak memory',
      'Safe GPU',
      'Failed',
    ],
    rows: runs.map(rowOf),
    notes: notesOf(runs),
  }
}

function rowOf({ run, latenciesMs }: HttpRun): string[] {
  const { configuration, planned, outcome, scale } = run
  const { batchSize, concurrency } = configuration.inference
  const shape = [planned.name, `${batchSize} × ${concurrency}`, outstandingOf(configuration).toLocaleString('en')]
  if (outcome.state !== 'ran')
    return [...shape, '–', '–', '–', '–', '–', outcome.state === 'failed' ? outcome.kind : 'not run']
  const { peakMemory } = outcome
  const safe = safeGpuBytes(peakMemory, scale)
  return [
    ...shape,
    cell(rateOf(run), value => formatQuantity(value, 'requests/s')),
    cell(tokenRateOf(run), value => formatQuantity(value, 'tokens/s')),
    latenciesMs.length === 0 ? '–' : formatQuantity(median(latenciesMs), 'ms'),
    peakMemory.state === 'measured' ? formatQuantity(peakMemory.value.bytes, 'bytes') : '–',
    safe.state === 'measured' ? `${safe.value / 2 ** 30} GiB` : '–',
    failuresInWords(run).join(', ') || '0',
  ]
}

/** What is said of several configurations is said once, with their names; of all that ran, without. */
function notesOf(runs: readonly HttpRun[]): string[] {
  const ran = runs.filter(({ run }) => run.outcome.state === 'ran').length
  const names = new Map<string, string[]>()
  for (const { run } of runs) {
    for (const note of notesOn(run)) names.set(note, [...(names.get(note) ?? []), run.planned.name])
  }
  return [...names].map(([note, of]) => (of.length === ran && ran > 1 ? note : `${of.join(', ')}: ${note}`))
}

function notesOn({ outcome, remarks, scale }: HttpRun['run']): string[] {
  if (outcome.state === 'not run') return [outcome.reason]
  if (outcome.state === 'failed') return [`${outcome.kind}: ${outcome.message}`, ...remarks]
  const { peakMemory, disturbance } = outcome
  const safe = safeGpuBytes(peakMemory, scale)
  return [
    peakMemory.state === 'measured' ? `peak memory is ${peakMemory.value.domain}` : `peak memory: ${peakMemory.reason}`,
    ...(safe.state === 'absent' && peakMemory.state === 'measured' ? [`safe GPU: ${safe.reason}`] : []),
    ...(disturbance === null ? [] : ['disturbed meanwhile, as the verdicts say']),
    ...remarks,
  ]
}

/** How throughput grows with the requests that are outstanding. */
export function scalingTable(id: string, scalings: readonly Scaling[]): MeasuredTable {
  return {
    id,
    title: 'Scaling against linear',
    columns: ['Configuration', 'Against', 'Requests outstanding', 'Throughput', 'Of linear'],
    rows: scalings.map(({ run, reference, load, speedUp, efficiency }) => [
      run.planned.name,
      reference.planned.name,
      `${load.toLocaleString('en')} ×`,
      cell(speedUp, value => formatQuantity(value, 'factor')),
      cell(efficiency, value => formatQuantity(value, 'ratio')),
    ]),
    notes: [
      'linear would be as many times the throughput as there are requests outstanding; an engine that has fewer slots than that cannot reach it',
    ],
  }
}

export interface Gain extends BeforeAndAfter {
  gain: Observation<'factor'>
}

/** What each optimisation of the plan gains here. */
export function beforeAndAfterTable(
  id: string,
  gains: readonly Gain[],
  runs: ReadonlyMap<string, HttpRun>,
): MeasuredTable {
  const rate = (name: string): string => {
    const run = runs.get(name)?.run
    return run === undefined ? '–' : cell(rateOf(run), value => formatQuantity(value, 'requests/s'))
  }
  return {
    id,
    title: 'The optimisations of the plan, before and after',
    columns: ['Change', 'Before', 'After', 'Gain'],
    rows: gains.map(({ change, before, after, gain }) => [
      change,
      rate(before.name),
      rate(after.name),
      cell(gain.measured, value => formatQuantity(value, 'factor')),
    ]),
    notes: gains.flatMap(({ change, gain: { measured } }) =>
      measured.state === 'absent' ? [`${change}: ${measured.reason}`] : [],
    ),
  }
}

function cell(estimate: Measured<Estimate>, show: (value: number) => string): string {
  if (estimate.state === 'absent') return '–'
  const { value, interval } = estimate.value
  return interval === null ? show(value) : `${show(value)} [${show(interval[0])}, ${show(interval[1])}]`
}
