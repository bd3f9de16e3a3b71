import { checkValues } from './checks.ts'
import { mean, sum } from './descriptive.ts'
import { midRanks } from './ranks.ts'
import type { TrendPoint } from './trend.ts'

/** Lag-1 autocorrelation about the mean, the sum of n − 1 products over the sum of n squares; 0 for a constant series. */
export function lag1Autocorrelation(values: readonly number[]): number {
  checkValues('Autocorrelation', values)
  const centre = mean(values)
  const deviations = values.map(value => value - centre)
  const squares = sum(deviations.map(each => each * each))
  return squares === 0 ? 0 : lag1Products(deviations) / squares
}

/**
 * Lag-1 autocorrelation ρ of what is left of the points, in their order, without a line of this slope; 0 to 0.9.
 *
 * Taken from ranks, so that one outlier does not hide it (Kendall: ρ = 2·sin(π/6 · rank correlation)), and freed of the
 * bias −(2 + 4ρ)/n that removing a line brings (Shaman & Stine 1988, JASA 83). A negative ρ counts as 0.
 */
export function autocorrelationAbout(points: readonly TrendPoint[], slope: number): number {
  const n = points.length
  const [x0, y0] = [points[0]?.x ?? 0, points[0]?.y ?? 0]
  // A perfect line leaves rounding errors, whose order means nothing.
  const grain = 1e-9 * Math.max(...points.map(({ y }) => Math.abs(y - y0)))
  const residuals = points.map(({ x, y }) => Math.round((y - y0 - slope * (x - x0)) / grain))
  if (residuals.every(residual => residual === residuals[0] || grain === 0)) return 0
  const rho = 2 * Math.sin((Math.PI * lag1Autocorrelation(midRanks(residuals).ranks)) / 6)
  return Math.min(0.9, Math.max(0, (rho + 2 / n) / (1 - 4 / n)))
}

const LEAST_VALUES = 16

/**
 * Lag-1 autocorrelation ρ within groups of residuals with mean 0, all groups together, freed of the bias −(1 + 3ρ)/n
 * that subtracting a mean brings (Marriott & Pope 1954). 0 where it is not significantly above 0 (one-sided 5 %), and
 * below 16 values a group: with fewer the estimate is mostly chance, and the widening it asks for
 * (up to nineteenfold) says more about that than about the series.
 */
export function autocorrelationWithin(groups: readonly (readonly number[])[]): number {
  const all = sum(groups.map(group => group.length))
  const size = all / groups.length
  const squares = sum(groups.flat().map(r => r * r))
  if (size < LEAST_VALUES || squares === 0) return 0
  const sampled = sum(groups.map(lag1Products)) / squares + 1 / size
  return sampled < 1.645 / Math.sqrt(all) ? 0 : Math.min(0.9, sampled / (1 - 3 / size))
}

/**
 * What of each point its predecessor does not tell: independent points with the same slope, one fewer, if the series
 * is a line under a first-order autoregression of ρ (Cochrane & Orcutt 1949; Wang & Swail 2001, J. Climate 14).
 */
export function prewhitened(points: readonly TrendPoint[], rho: number): readonly TrendPoint[] {
  if (rho === 0) return points
  const own = (now: number, before: number) => (now - rho * before) / (1 - rho)
  return points.slice(1).map(({ x, y }, index) => {
    const before = points[index] ?? { x, y }
    return { x: own(x, before.x), y: own(y, before.y) }
  })
}

const lag1Products = (values: readonly number[]) =>
  sum(values.slice(1).map((value, index) => value * (values[index] ?? 0)))
