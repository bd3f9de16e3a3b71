import type { ResultItem, ResultMetric } from '../reporting/results-schema.ts'
import { formatQuantity, type Unit } from '../units.ts'

/** A number with its unit; one without a unit as it is. */
export const quantity = (value: number, unit: Unit | null): string =>
  unit === null ? value.toLocaleString('en') : formatQuantity(value, unit)

/** ` [16.9 %, 20.1 %]`, or nothing where an end is not known. */
export function interval(ends: readonly (number | null)[] | null | undefined, unit: Unit | null): string {
  const [low = null, high = null] = ends ?? []
  return low === null || high === null ? '' : `[${quantity(low, unit)}, ${quantity(high, unit)}]`
}

/** `18.4 % [16.9 %, 20.1 %]`; empty where nothing was measured. */
export function measuredInWords({ measured, unit }: ResultItem): string {
  if (!measured || measured.value === null) return ''
  return [quantity(measured.value, unit), interval(measured.interval, unit)].filter(Boolean).join(' ')
}

/** The limit with its unit; empty where the plan names none. */
export const limitInWords = ({ limit, unit }: ResultItem): string =>
  limit === undefined || limit === null ? '' : quantity(limit, unit)

/** By how much a failed criterion lies outside its limit; empty where that is not known. */
export function missedBy({ measured, limit, unit }: ResultItem): string {
  if (!measured || measured.value === null || limit === undefined || limit === null) return ''
  return quantity(Math.abs(measured.value - limit), unit)
}

/** A metric's number, or a dash. */
export const metricInWords = ({ value, unit }: ResultMetric): string => (value === null ? '–' : quantity(value, unit))
