import { type ConfigurationRun, failuresInWords } from '../../helpers/batch-inference/index.ts'
import { rateOf, tokenRateOf } from '../../helpers/capacity/index.ts'
import { outstandingOf } from '../../helpers/configurations/index.ts'
import { formatQuantity, type Measured, type MeasuredTable } from '../../helpers/index.ts'
import type { Estimate } from '../../helpers/verdicts/index.ts'

/** A row a configuration. */
export function onRayTable(id: string, cluster: string, runs: readonly ConfigurationRun[]): MeasuredTable {
  return {
    id,
    title: `Configurations on ${cluster}`,
    columns: [
      'Configuration',
      'Batch × concurrency',
      'Rows',
      'Start-up',
      'Throughput',
      'Tokens',
      'Peak memory',
      'Failed',
    ],
    rows: runs.map(rowOf),
    notes: [...new Set(runs.flatMap(notesOf))],
  }
}

function rowOf(run: ConfigurationRun): string[] {
  const { configuration, planned, outcome } = run
  const { batchSize, concurrency } = configuration.inference
  const shape = [planned.name, `${batchSize} × ${concurrency} = ${outstandingOf(configuration).toLocaleString('en')}`]
  if (outcome.state !== 'ran')
    return [...shape, '–', '–', '–', '–', '–', outcome.state === 'failed' ? outcome.kind : 'not run']
  const { completed, failed, startUpMs, peakMemory } = outcome
  return [
    ...shape,
    (completed + failed).toLocaleString('en'),
    formatQuantity(startUpMs, 'ms'),
    cell(rateOf(run), value => formatQuantity(value, 'requests/s')),
    cell(tokenRateOf(run), value => formatQuantity(value, 'tokens/s')),
    peakMemory.state === 'measured' ? formatQuantity(peakMemory.value.bytes, 'bytes') : '–',
    failuresInWords(run).join(', ') || '0',
  ]
}

function notesOf({ planned, outcome, remarks }: ConfigurationRun): string[] {
  const own = remarks.map(remark => `${planned.name}: ${remark}`)
  if (outcome.state === 'not run') return [`${planned.name}: ${outcome.reason}`]
  if (outcome.state === 'failed') return [`${planned.name}: ${outcome.kind}: ${outcome.message}`, ...own]
  const { peakMemory, disturbance } = outcome
  return [
    peakMemory.state === 'measured' ? `peak memory is ${peakMemory.value.domain}` : `peak memory: ${peakMemory.reason}`,
    ...(disturbance === null ? [] : [`${planned.name}: ${disturbance}`]),
    ...own,
  ]
}

function cell(estimate: Measured<Estimate>, show: (value: number) => string): string {
  if (estimate.state === 'absent') return '–'
  const { value, interval } = estimate.value
  return interval === null ? show(value) : `${show(value)} [${show(interval[0])}, ${show(interval[1])}]`
}
