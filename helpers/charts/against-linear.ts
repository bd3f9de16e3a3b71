import type { Measured } from '../measured.ts'
import type { Estimate } from '../verdicts/assessment.ts'
import type { Chart, ChartSeries } from './chart.ts'
import { estimatedSeries } from './estimated-series.ts'

export interface ScaledSeries {
  name: string
  /** `line` joins its points, which is wrong where several have the same load. */
  shape: 'line' | 'points'
  /** Load, above 0, and what came of it. */
  points: readonly (readonly [load: number, rate: Measured<Estimate>])[]
}

type About = Pick<Chart, 'id' | 'title' | 'subtitle' | 'description'> & { loadTitle: string; rateTitle: string }

/**
 * How a rate grows with the load, against one that grows as the load does from the smallest load on. Both axes are
 * logarithmic, so that every linear growth has the same slope.
 */
export function againstLinear({ loadTitle, rateTitle, ...about }: About, given: readonly ScaledSeries[]): Chart {
  const series = given.map(({ name, shape, points }) => estimatedSeries(name, shape, points))
  return {
    ...about,
    x: { scale: 'log', title: loadTitle },
    y: { scale: 'log', title: rateTitle },
    series: [...series, ...linears(series)],
    bands: [],
    lines: [],
  }
}

/** One for all series that start at the same rate. */
function linears(series: readonly ChartSeries[]): ChartSeries[] {
  const lines = series.flatMap(({ name, points }): ChartSeries[] => {
    const known = points.flatMap(([x, y]) => (y === null ? [] : [[x, y] as const])).toSorted(([a], [b]) => a - b)
    const [first, last] = [known.at(0), known.at(-1)]
    if (!first || !last || first[0] === last[0]) return []
    const [load, rate] = first
    return [
      {
        name: series.length > 1 ? `linear from ${name}` : 'linear',
        shape: 'line',
        isReference: true,
        points: [
          [load, rate],
          [last[0], Number(((rate * last[0]) / load).toPrecision(5))],
        ],
        intervals: [],
      },
    ]
  })
  const byStart = Map.groupBy(lines, ({ points }) => JSON.stringify(points[0]))
  return [...byStart.values()].flatMap(alike => {
    const longest = alike.toSorted((a, b) => (b.points[1]?.[0] ?? 0) - (a.points[1]?.[0] ?? 0))[0]
    return longest ? [alike.length > 1 ? { ...longest, name: 'linear' } : longest] : []
  })
}
