import { lag1Autocorrelation } from './autocorrelation.ts'
import { checkValues } from './checks.ts'

/**
 * How many independent values a series in order of time is worth: n(1 − ρ)/(1 + ρ) with its lag-1 autocorrelation ρ
 * (Bayley & Hammersley 1946, for a first-order autoregression), kept within 2 and n. Needs at least two values; a
 * series that never changes is worth n.
 */
export function effectiveSampleSize(values: readonly number[]): number {
  checkValues('Effective sample size', values, 2)
  const n = values.length
  const rho = lag1Autocorrelation(values)
  return Math.min(n, Math.max(2, (n * (1 - rho)) / (1 + rho)))
}
