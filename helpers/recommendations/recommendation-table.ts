import type { Measured } from '../measured.ts'
import type { MeasuredTable } from '../observations/index.ts'
import { formatQuantity } from '../units.ts'
import { rateInWords } from './rate-in-words.ts'
import type { Recommendation } from './recommend.ts'

/** The three side by side, with their rules; `id` as in `002.over-http.recommendations`. */
export function recommendationTable(id: string, recommendations: readonly Recommendation[]): MeasuredTable {
  return {
    id,
    title: 'Recommended configurations',
    columns: ['For', 'Configuration', 'Throughput', 'Peak memory', 'Safe GPU', 'Chosen over'],
    rows: recommendations.map(rowOf),
    notes: [...new Set(recommendations.flatMap(notesOf))],
  }
}

function rowOf(recommendation: Recommendation): string[] {
  const { role } = recommendation
  if (recommendation.state === 'not recommended') return [role, '–', '–', '–', '–', '–']
  const { run, rate, peakMemory, safeGpuBytes, over } = recommendation
  const peak = peakMemory.state === 'measured' ? formatQuantity(peakMemory.value.bytes, 'bytes') : '–'
  return [role, run.planned.name, rateInWords(rate), peak, sizeOf(safeGpuBytes), over.join(', ')]
}

const sizeOf = (bytes: Measured): string => (bytes.state === 'measured' ? `${bytes.value / 2 ** 30} GiB` : '–')

function notesOf(recommendation: Recommendation): string[] {
  const { role, rule } = recommendation
  if (recommendation.state === 'not recommended') return [`${role}: ${rule}`, `${role}: ${recommendation.reason}`]
  const { run, peakMemory, safeGpuBytes, caveats } = recommendation
  return [
    `${role}: ${rule}`,
    ...(peakMemory.state === 'measured'
      ? [`peak memory is ${peakMemory.value.domain}`]
      : [`peak memory of ${run.planned.name}: ${peakMemory.reason}`]),
    // Where there is no peak its reason is told already.
    ...(safeGpuBytes.state === 'absent' && peakMemory.state === 'measured' ? [`safe GPU: ${safeGpuBytes.reason}`] : []),
    ...caveats.map(caveat => `${run.planned.name}: ${caveat}`),
  ]
}
