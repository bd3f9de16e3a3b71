import type { ComparedStarts } from '../batches/baseline-check.ts'
import type { BatchRun } from '../batches/batch-run.ts'
import { type Chart, type ChartSeries, unitScale } from '../charts/index.ts'
import { median, quantileOfSorted } from '../statistics/index.ts'

/** Of each start; more lie on each other. */
const MOST_SAMPLES = 24

/**
 * A strip plot of a metric held against its baseline: samples and median of each recorded start and of this run, with the
 * baseline's median and what starts of unchanged code differ by.
 */
export function baselineChart(
  { comparison, starts, samples }: ComparedStarts,
  { model, engine, hardware }: Pick<BatchRun, 'model' | 'engine' | 'hardware'>,
): Chart {
  const { metric, unit, baseline, noise, line } = comparison
  const strips = [...starts, samples]
  const scale = unitScale(unit, strips.flat())
  const series = (name: string, of: (values: readonly number[]) => readonly number[]): ChartSeries => ({
    name,
    shape: 'points',
    isReference: false,
    points: strips.flatMap((values, i) => of(values).map((value): [number, number] => [i, scale.of(value)])),
    intervals: [],
  })
  return {
    id: `${metric}.baseline`,
    title: `${metric} against its baseline`,
    subtitle: `${model.name} · ${engine.name} ${engine.version} · ${hardware}`,
    description: `${line}.`,
    x: {
      scale: 'categories',
      title: 'engine start',
      categories: [...starts.map((_, i) => `start ${i + 1}`), 'this run'],
    },
    y: { scale: 'linear', title: scale.title },
    series: [{ ...series('samples', spread), isReference: true }, series('median', values => [median(values)])],
    bands: [],
    lines: [
      { name: 'noise', y: scale.of(baseline * (1 + noise)) },
      { name: 'baseline', y: scale.of(baseline) },
      { name: 'noise', y: scale.of(baseline * (1 - noise)) },
    ],
  }
}

/** All of a few; of many their evenly spaced quantiles, from the smallest to the largest. */
function spread(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b)
  if (sorted.length <= MOST_SAMPLES) return sorted
  return Array.from({ length: MOST_SAMPLES }, (_, i) => quantileOfSorted(sorted, i / (MOST_SAMPLES - 1)))
}
