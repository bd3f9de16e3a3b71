import { formatQuantity, type Unit } from '../units.ts'
import type { Estimate } from '../verdicts/index.ts'

/** `302 [256, 362] tok/s`: the unit once where all three have the same, else each with its own. */
export function estimateInWords({ value, interval }: Estimate, unit: Unit): string {
  if (interval === null) return formatQuantity(value, unit)
  const [middle = '', low = '', high = ''] = [value, ...interval].map(number => formatQuantity(number, unit))
  const suffix = / .*$/.exec(middle)?.[0] ?? ''
  if (suffix === '' || !low.endsWith(suffix) || !high.endsWith(suffix)) return `${middle} [${low}, ${high}]`
  const [short, from, to] = [middle, low, high].map(text => text.slice(0, -suffix.length))
  return `${short} [${from}, ${to}]${suffix}`
}
