import type { Chart, ChartSeries } from '../charts/index.ts'
import { formatQuantity } from '../units.ts'
import { hitRate, type PoolMetrics } from './pool-metrics.ts'
import type { Replay } from './replay.ts'

const counted = [
  { name: 'hits', of: 'hits' },
  { name: 'misses', of: 'misses' },
  { name: 'evictions', of: 'evictions' },
] as const satisfies { name: string; of: keyof PoolMetrics }[]

/** The same trace by several strategies: how often the model was there, and how often one had to go. */
export function poolChart(
  about: Pick<Chart, 'id' | 'subtitle'>,
  replays: readonly { strategy: string; replay: Replay }[],
): Chart {
  const rates = replays.map(({ strategy, replay: { metrics } }) => {
    const rate = hitRate(metrics)
    return `${strategy}: ${Number.isNaN(rate) ? 'no requests' : `${formatQuantity(rate, 'ratio')} hits`}`
  })
  return {
    ...about,
    title: 'Requests whose model was loaded',
    description: `${rates.join(', ')}.`,
    x: { scale: 'categories', title: 'strategy', categories: replays.map(({ strategy }) => strategy) },
    y: { scale: 'linear', title: 'count' },
    series: counted.map(
      ({ name, of }): ChartSeries => ({
        name,
        shape: 'bars',
        isReference: false,
        points: replays.map(({ replay: { metrics } }, i) => [i, metrics[of]]),
        intervals: [],
      }),
    ),
    bands: [],
    lines: [],
  }
}
