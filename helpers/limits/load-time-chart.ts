import { type Chart, type ChartSeries, unitScale } from '../charts/index.ts'
import type { Measured } from '../measured.ts'
import type { LineFit } from '../statistics/index.ts'
import { formatQuantity } from '../units.ts'

const GIB = 2 ** 30

/** One model, loaded with its weights on the disk alone, and with them in the page cache. */
export interface SizedLoad {
  weightBytes: Measured
  coldMs: Measured
  warmMs: Measured
}

/** Milliseconds over GiB of weights. */
export type LoadFits = Record<'cold' | 'warm', Measured<LineFit>>

/** Load time against the size of the weights, a point for each model, with the lines through them. */
export function loadTimeChart(
  about: Pick<Chart, 'id' | 'subtitle'>,
  loads: readonly SizedLoad[],
  { cold, warm }: LoadFits,
): Chart {
  const timed = { cold: pointsOf(loads, ({ coldMs }) => coldMs), warm: pointsOf(loads, ({ warmMs }) => warmMs) }
  const all = [...timed.cold, ...timed.warm]
  const size = unitScale(
    'bytes',
    all.map(([bytes]) => bytes),
  )
  const time = unitScale(
    'ms',
    all.map(([, ms]) => ms),
  )
  const placed = (points: readonly [bytes: number, ms: number][]): ChartSeries['points'] =>
    points.map(([bytes, ms]) => [size.of(bytes), time.of(ms)])
  const measuredSeries = (name: 'cold' | 'warm'): ChartSeries[] =>
    timed[name].length === 0
      ? []
      : [{ name, shape: 'points', isReference: false, points: placed(timed[name]), intervals: [] }]
  const fitted = (name: 'cold' | 'warm', fit: Measured<LineFit>): ChartSeries[] => {
    const sizes = timed[name].map(([bytes]) => bytes)
    if (fit.state === 'absent' || sizes.length === 0) return []
    const { slope, intercept } = fit.value
    const ends = [Math.min(...sizes), Math.max(...sizes)].map((bytes): [number, number] => [
      bytes,
      intercept + (slope * bytes) / GIB,
    ])
    return [{ name: `line, ${name}`, shape: 'line', isReference: true, points: placed(ends), intervals: [] }]
  }
  return {
    ...about,
    title: 'Load time against size',
    description: descriptionOf({ cold, warm }),
    x: { scale: 'linear', title: `weights, ${size.title}` },
    y: { scale: 'linear', title: `load time, ${time.title}` },
    series: [...measuredSeries('cold'), ...measuredSeries('warm'), ...fitted('cold', cold), ...fitted('warm', warm)],
    bands: [],
    lines: [],
  }
}

function pointsOf(loads: readonly SizedLoad[], of: (load: SizedLoad) => Measured): [bytes: number, ms: number][] {
  return loads.flatMap(load => {
    const ms = of(load)
    return load.weightBytes.state === 'measured' && ms.state === 'measured' ? [[load.weightBytes.value, ms.value]] : []
  })
}

function descriptionOf({ cold, warm }: LoadFits): string {
  const inWords = (how: string, fit: Measured<LineFit>): string[] =>
    fit.state === 'measured' ? [`${how} ${formatQuantity(fit.value.slope, 'ms')}`] : []
  const slopes = [...inWords('cold', cold), ...inWords('warm', warm)]
  return slopes.length === 0
    ? 'Too few models of known size were loaded for a line.'
    : `A GiB of weights more takes ${slopes.join(', ')}.`
}
