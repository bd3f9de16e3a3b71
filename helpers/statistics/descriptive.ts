import { checkValues } from './checks.ts'
import { quantile } from './quantile.ts'

/** Arithmetic mean of at least one value. */
export function mean(values: readonly number[]): number {
  checkValues('Mean', values)
  return sum(values) / values.length
}

/** Middle value, or the mean of the two middle ones, of at least one value. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Standard deviation of a sample (divides by n − 1) of at least two values. */
export function standardDeviation(values: readonly number[]): number {
  checkValues('Standard deviation', values, 2)
  const centre = mean(values)
  return Math.sqrt(sum(values.map(value => (value - centre) ** 2)) / (values.length - 1))
}

/** Sum of values; 0 for none. */
export function sum(values: readonly number[]): number {
  let total = 0
  for (const value of values) total += value
  return total
}
