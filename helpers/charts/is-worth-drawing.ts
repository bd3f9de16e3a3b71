import type { Chart } from './chart.ts'

/** Two points or more, beside what they are held against: a single number is read faster than looked at. */
export function isWorthDrawing({ series }: Chart): boolean {
  const points = series.filter(({ isReference }) => !isReference).flatMap(each => each.points)
  return points.filter(([, y]) => y !== null).length > 1
}
