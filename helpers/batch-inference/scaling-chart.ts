import { againstLinear, type Chart } from '../charts/index.ts'
import { formatQuantity } from '../units.ts'
import type { Scaling } from './scaling.ts'

/** Throughput against outstanding requests, both as multiples of the smallest configuration of the same model. */
export function scalingChart(about: Pick<Chart, 'id' | 'subtitle'>, scalings: readonly Scaling[]): Chart {
  const byModel = Map.groupBy(scalings, ({ run }) => run.planned.model.name)
  return againstLinear(
    {
      ...about,
      title: 'Scaling against linear',
      description: descriptionOf(scalings),
      loadTitle: 'requests outstanding, times those of the smallest',
      rateTitle: 'throughput, times that of the smallest',
    },
    [...byModel].map(([name, of]) => ({
      name,
      shape: 'points' as const,
      points: of.map(({ load, speedUp }) => [load, speedUp] as const),
    })),
  )
}

function descriptionOf(scalings: readonly Scaling[]): string {
  const rated = scalings.flatMap(({ run, load, speedUp }) =>
    speedUp.state === 'measured' ? [{ name: run.planned.name, load, value: speedUp.value.value }] : [],
  )
  const most = rated.toSorted((a, b) => b.load - a.load)[0]
  if (most === undefined) return 'No configuration has a throughput.'
  return `${most.name}: ${formatQuantity(most.value, 'factor')} the throughput with ${most.load.toLocaleString('en')} times as many requests outstanding.`
}
