import type { Measured } from '../measured.ts'
import type { Estimate } from '../verdicts/assessment.ts'
import type { ChartSeries } from './chart.ts'

/** A series of what was measured, with its intervals; what is absent is a gap. */
export function estimatedSeries(
  name: string,
  shape: ChartSeries['shape'],
  values: readonly (readonly [x: number, y: Measured<Estimate>])[],
): ChartSeries {
  const known = values.flatMap(([x, y]) => (y.state === 'measured' ? [[x, y.value] as const] : []))
  return {
    name,
    shape,
    isReference: false,
    points: values.map(([x, y]) => [x, y.state === 'measured' ? rounded(y.value.value) : null]),
    intervals: known.flatMap(([x, { interval }]): ChartSeries['intervals'] =>
      interval === null ? [] : [[x, rounded(interval[0]), rounded(interval[1])]],
    ),
  }
}

const rounded = (value: number): number => Number(value.toPrecision(5))
