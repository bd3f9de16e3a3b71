import { type Chart, estimatedSeries } from '../charts/index.ts'
import { formatQuantity } from '../units.ts'
import { trueBaseline } from './true-baseline.ts'
import type { TuningRun } from './tuning-run.ts'
import { MATRIX } from './tuning-run-of.ts'

/** What the plan wants of the recommended row. */
const WANTED = 1.5

/** T3 tokens a second of each row that has a number, with the baseline and 1.5 × of it as lines. */
export function matrixChart(runs: readonly TuningRun[], subtitle: string): Chart {
  const rated = runs.filter(({ throughput }) => throughput.measured.state === 'measured')
  const [reference] = trueBaseline(runs)
  const found = reference?.throughput.measured
  const baseline = found?.state === 'measured' ? found.value.value : null
  const shown = (value: number) => formatQuantity(value, 'tokens/s')
  return {
    id: `${MATRIX}.throughput`,
    title: 'Tokens a second of all requests at once, by configuration',
    subtitle,
    description:
      rated.length === 0
        ? 'No row has a number of tokens a second.'
        : `${rated.length} of ${runs.length} rows${baseline === null ? '' : `; the baseline has ${shown(baseline)}, the plan wants ${shown(WANTED * baseline)}`}.`,
    x: { scale: 'categories', title: 'configuration', categories: rated.map(({ row }) => row.title) },
    y: { scale: 'linear', title: 'tokens/s' },
    series: [
      estimatedSeries(
        'tokens/s',
        'bars',
        rated.map(({ throughput }, i) => [i, throughput.measured]),
      ),
    ],
    bands: [],
    lines:
      baseline === null
        ? []
        : [
            { name: 'baseline', y: baseline },
            { name: `${WANTED} ×`, y: WANTED * baseline },
          ],
  }
}
