import type { Interval } from './interval.ts'
import type { TrendPoint } from './trend.ts'

/** Pairs closer than this share of the span say more about the jitter of two points than about a trend. */
const LEAST_DISTANCE = 1 / 3

/**
 * The least and the greatest slope between any two points at least a third of the whole span apart; null when there are
 * none. No chance is involved and so nothing about the noise is assumed: a series that rises as steadily as a straight
 * line has a narrow envelope however alike neighbouring points are, one that rises in a single step has an envelope
 * from 0 on, because some pair lies wholly before or after the step.
 */
export function slopeEnvelope(points: readonly TrendPoint[]): Interval | null {
  const xs = points.map(({ x }) => x)
  const least = (Math.max(...xs) - Math.min(...xs)) * LEAST_DISTANCE
  if (!(least > 0)) return null
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const a of points) {
    for (const b of points) {
      if (b.x - a.x < least) continue
      const slope = (b.y - a.y) / (b.x - a.x)
      low = Math.min(low, slope)
      high = Math.max(high, slope)
    }
  }
  return [low, high]
}
