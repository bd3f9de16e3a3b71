import { formatQuantity } from '../units.ts'
import type { Results } from './results-schema.ts'
import { verdictWords } from './verdict-words.ts'

/**
 * What the results hold under an id, in one line: a criterion as it was judged, a number with its interval, or a table's
 * title. A criterion tells more than the number of the same id.
 */
export function evidenceInWords(
  { items, metrics, tables }: Pick<Results, 'items' | 'metrics' | 'tables'>,
  id: string,
): string {
  const item = items.find(each => each.id === id)
  if (item) return `${verdictWords[item.verdict].sign} ${item.title}: ${item.evidence.line}`
  const metric = metrics.find(each => each.id === id)
  if (metric) {
    const { title, value, unit, interval = [], details = [], scale, spoiledBy, reason = 'no number' } = metric
    const show = (number: number) => (unit === null ? number.toLocaleString('en') : formatQuantity(number, unit))
    const [low, high] = interval
    const range = typeof low === 'number' && typeof high === 'number' ? ` [${show(low)}, ${show(high)}]` : ''
    const what =
      value === null
        ? reason
        : [
            `${show(value)}${range}`,
            ...details,
            ...(scale ? [`on a model ÷ ${scale}`] : []),
            ...(spoiledBy ? [spoiledBy] : []),
          ].join(' · ')
    return title ? `${title}: ${what}` : what
  }
  return `table: ${tables.find(each => each.id === id)?.title ?? 'not in this file'}`
}
