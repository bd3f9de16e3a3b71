import { type Chart, type ChartSeries, unitScale } from '../charts/index.ts'
import { formatQuantity } from '../units.ts'
import { predictionScore } from './prediction-score.ts'
import type { TrialRow } from './trial-row.ts'

/** Memory that was predicted for each try against what was in use; a point below the line was predicted too large. */
export function predictionChart(about: Pick<Chart, 'id' | 'subtitle'>, rows: readonly TrialRow[]): Chart {
  const tried = rows.flatMap(({ predictedBytes, realBytes, outcome }) =>
    realBytes.state === 'measured'
      ? [{ predictedBytes, realBytes: realBytes.value, fitted: outcome === 'fitted' }]
      : [],
  )
  const ends = tried.map(({ predictedBytes }) => predictedBytes)
  const scale = unitScale('bytes', [...ends, ...tried.map(({ realBytes }) => realBytes)])
  const seriesOf = (name: string, fitted: boolean): ChartSeries[] => {
    const points = tried
      .filter(each => each.fitted === fitted)
      .map((each): [number, number] => [scale.of(each.predictedBytes), scale.of(each.realBytes)])
    return points.length === 0 ? [] : [{ name, shape: 'points', isReference: false, points, intervals: [] }]
  }
  const diagonal = [Math.min(...ends), Math.max(...ends)].map((bytes): [number, number] => [
    scale.of(bytes),
    scale.of(bytes),
  ])
  return {
    ...about,
    title: 'Memory, predicted and real',
    description: descriptionOf(rows),
    x: { scale: 'linear', title: `predicted, ${scale.title}` },
    y: { scale: 'linear', title: `in use, ${scale.title}` },
    series: [
      ...seriesOf('fitted', true),
      ...seriesOf('did not fit', false),
      ...(tried.length < 2
        ? []
        : [{ name: 'as predicted', shape: 'line' as const, isReference: true, points: diagonal, intervals: [] }]),
    ],
    bands: [],
    lines: [],
  }
}

function descriptionOf(rows: readonly TrialRow[]): string {
  const { cases, right, ratio } = predictionScore(rows)
  const said = `${right} of ${cases} predictions were right.`
  if (ratio === null) return said
  const [low, high] = [ratio.low, ratio.high].map(value => formatQuantity(value, 'factor'))
  return `${said} What fitted was predicted at ${low} to ${high} what it took.`
}
