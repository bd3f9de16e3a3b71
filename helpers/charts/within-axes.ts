import type { Chart, ChartAxis } from './chart.ts'

/**
 * The chart without what its axes have no place for: on a logarithmic one zero and less, which become gaps. An interval
 * that reaches below is left out.
 */
export function withinAxes(chart: Chart): Chart {
  const hasPlace = (axis: ChartAxis, value: number): boolean => axis.scale !== 'log' || value > 0
  const { x, y } = chart
  return {
    ...chart,
    series: chart.series.map(series => ({
      ...series,
      points: series.points.flatMap(([at, value]): [number, number | null][] =>
        hasPlace(x, at) ? [[at, value !== null && hasPlace(y, value) ? value : null]] : [],
      ),
      intervals: series.intervals.filter(([at, low, high]) => hasPlace(x, at) && hasPlace(y, low) && hasPlace(y, high)),
    })),
    bands: chart.bands.filter(({ from, to }) => hasPlace(x, from) && hasPlace(x, to)),
    lines: chart.lines.filter(line => hasPlace(y, line.y)),
  }
}
