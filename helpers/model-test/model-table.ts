import type { Measured } from '../measured.ts'
import type { MeasuredTable } from '../observations/index.ts'
import { formatQuantity, type Unit } from '../units.ts'
import { modelObservations } from './model-observations.ts'
import type { ModelRecord } from './model-record.ts'

/** Models side by side. Pure. */
export function modelTable(
  about: Pick<MeasuredTable, 'id' | 'title'>,
  records: readonly ModelRecord[],
  notes: readonly string[] = [],
): MeasuredTable {
  return {
    ...about,
    columns: [
      'model',
      'parameters',
      'weights',
      'load',
      'memory',
      'predicted',
      'beyond weights',
      'prefill',
      'decode',
      'weights read',
      'at once',
    ],
    rows: records.map(row),
    notes: [
      'memory: at rest, after answering; decode: one request alone; weights read: decode rate × weights, what the memory must bring; at once: all answers by the time of all, prompts included',
      ...notes,
    ],
  }
}

function row(record: ModelRecord): string[] {
  const { model, concurrent } = record
  const { loadTime, memoryUsed, predicted, overhead, prefillRate, decodeRate, concurrentRate } =
    modelObservations(record)
  const weights = model.fileBytes
  const decode = decodeRate.measured
  return [
    model.name,
    millions(model.parameters),
    cell(weights, 'bytes'),
    ...[loadTime, memoryUsed, predicted, overhead, prefillRate, decodeRate].map(({ measured, unit }) =>
      measured.state === 'measured' ? formatQuantity(measured.value.value, unit) : '–',
    ),
    weights.state === 'measured' && decode.state === 'measured'
      ? formatQuantity(weights.value * decode.value.value, 'bytes/s')
      : '–',
    concurrentRate.measured.state === 'measured'
      ? `${formatQuantity(concurrentRate.measured.value.value, 'tokens/s')} (${concurrent.concurrency})`
      : '–',
  ]
}

const cell = (value: Measured, unit: Unit): string =>
  value.state === 'measured' ? formatQuantity(value.value, unit) : '–'

const millions = (value: Measured): string =>
  value.state === 'measured' ? `${Math.round(value.value / 1e6).toLocaleString('en')} M` : '–'
