import { sum } from './descriptive.ts'
import type { Interval } from './interval.ts'
import type { TrendPoint } from './trend.ts'

/*
 * The parts of Theil–Sen and Mann–Kendall: what all pairs of points say, and how much chance alone would make them say.
 */

/** Slopes between all pairs of points whose x differ, ascending, and Kendall's S: pairs that rise less pairs that fall. */
export function comparePairs(points: readonly TrendPoint[]): { slopes: Float64Array; score: number } {
  const slopes = new Float64Array((points.length * (points.length - 1)) / 2)
  let count = 0
  let score = 0
  points.forEach((first, index) => {
    for (let other = index + 1; other < points.length; other++) {
      const second = points[other]
      if (!second || second.x === first.x) continue
      const slope = (second.y - first.y) / (second.x - first.x)
      slopes[count++] = slope
      score += Math.sign(slope)
    }
  })
  return { slopes: slopes.subarray(0, count).sort(), score }
}

/** Variance of Kendall's S for independent points, with groups of tied x and of tied y: Kendall (1975), chapter 4. */
export function scoreVariance(xTies: readonly number[], yTies: readonly number[], n: number): number {
  const spread = (m: number) => m * (m - 1) * (2 * m + 5)
  const pairs = (ties: readonly number[]) => sum(ties.map(m => m * (m - 1)))
  const triples = (ties: readonly number[]) => sum(ties.map(m => m * (m - 1) * (m - 2)))
  return (
    (spread(n) - sum(xTies.map(spread)) - sum(yTies.map(spread))) / 18 +
    (pairs(xTies) * pairs(yTies)) / (2 * n * (n - 1)) +
    (triples(xTies) * triples(yTies)) / (9 * n * (n - 1) * (n - 2))
  )
}

/** Kendall's tau-b from S and the sizes of the groups of ties; 0 where all x or all y are tied. */
export function tauB(score: number, xTies: readonly number[], yTies: readonly number[], n: number): number {
  const untied = (ties: readonly number[]) => (n * (n - 1) - sum(ties.map(m => m * (m - 1)))) / 2
  return score === 0 ? 0 : score / Math.sqrt(untied(xTies) * untied(yTies))
}

/** Sen's interval: the slopes `width` / 2 places from the middle one on either side, at most the outermost. */
export function senInterval(slopes: Float64Array, width: number): Interval {
  const at = (place: number) => slopes[Math.min(slopes.length - 1, Math.max(0, place))] ?? Number.NaN
  return [at(Math.round((slopes.length - width) / 2) - 1), at(Math.round((slopes.length + width) / 2))]
}
