import { checkValues } from './checks.ts'
import { mean } from './descriptive.ts'
import { studentUpperQuantile } from './distributions.ts'
import type { Interval } from './interval.ts'
import type { TrendPoint } from './trend.ts'

/** y = intercept + slope · x, by least squares. */
export interface LineFit {
  /** In units of y per unit of x. */
  slope: number
  /** 95 %; null for two points, which lie on a line whatever they are. */
  slopeInterval: Interval | null
  intercept: number
  /** Share of y's variance that the line explains; 1 where y does not vary. */
  rSquared: number
  n: number
}

/**
 * Ordinary least squares for a few points of which each is as sure as the other (Draper & Smith 1998, chapter 1): the
 * interval is Student's, with n − 2 degrees of freedom. For long series with outliers see `trend`. Null below two
 * points, or if all x are equal.
 *
 * @throws CouldNotMeasureError for a coordinate that is not finite
 */
export function lineFit(points: readonly TrendPoint[]): LineFit | null {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)]
  checkValues('Line, x', xs, 0)
  checkValues('Line, y', ys, 0)
  const n = points.length
  if (n < 2) return null
  const [x0, y0] = [mean(xs), mean(ys)]
  const sum = (of: (point: TrendPoint) => number): number => points.reduce((total, point) => total + of(point), 0)
  const xSquares = sum(({ x }) => (x - x0) ** 2)
  if (xSquares === 0) return null
  const slope = sum(({ x, y }) => (x - x0) * (y - y0)) / xSquares
  const intercept = y0 - slope * x0
  const residualSquares = sum(({ x, y }) => (y - intercept - slope * x) ** 2)
  const ySquares = sum(({ y }) => (y - y0) ** 2)
  const margin = n < 3 ? 0 : studentUpperQuantile(0.025, n - 2) * Math.sqrt(residualSquares / (n - 2) / xSquares)
  return {
    slope,
    slopeInterval: n < 3 ? null : [slope - margin, slope + margin],
    intercept,
    rSquared: ySquares === 0 ? 1 : 1 - residualSquares / ySquares,
    n,
  }
}
