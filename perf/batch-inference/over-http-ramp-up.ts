import type { HttpPlan, HttpRunner } from '../../helpers/batch-inference/index.ts'
import { rateOf } from '../../helpers/capacity/index.ts'
import { outstandingOf } from '../../helpers/configurations/index.ts'
import {
  absent,
  formatQuantity,
  type Lab,
  type Measured,
  type MeasuredTable,
  type Observation,
  observe,
} from '../../helpers/index.ts'

/** Shares of a configuration's outstanding requests, one after the other. */
const steps = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]

/** How busy the GPU is as more and more requests are outstanding. Absent without a GPU. */
export async function rampUp(
  lab: Lab,
  spec: string,
  runner: HttpRunner,
  plan: Measured<HttpPlan>,
): Promise<{ gpuUtilisation: Observation<'ratio'>; table: MeasuredTable | null }> {
  const about = {
    id: `${spec}.gpu-utilisation`,
    title: 'GPU utilisation with all requests outstanding',
    unit: 'ratio',
  } as const
  const { gpuUtilisation } = (await lab.reading()).metrics
  if (gpuUtilisation.state === 'absent')
    return { gpuUtilisation: observe({ ...about, value: gpuUtilisation }), table: null }
  if (plan.state === 'absent') return { gpuUtilisation: observe({ ...about, value: plan }), table: null }
  const rows: string[][] = []
  let last: Measured = absent('nothing was sent')
  for (const share of steps) {
    const outstanding = Math.max(1, Math.round(share * outstandingOf(plan.value.configuration)))
    const before = await lab.reading()
    const { run } = await runner.run(withOutstanding(plan.value, outstanding))
    const after = await lab.reading()
    const seen = await lab.sampler.window('gpuUtilisation', before.atMs, after.atMs)
    const memory = await lab.sampler.window('gpuUsedBytes', before.atMs, after.atMs)
    last = seen.state === 'absent' ? seen : { state: 'measured', value: seen.value.mean }
    const rate = rateOf(run)
    rows.push([
      outstanding.toLocaleString('en'),
      rate.state === 'measured' ? formatQuantity(rate.value.value, 'requests/s') : '–',
      seen.state === 'measured' ? formatQuantity(seen.value.mean, 'ratio') : '–',
      seen.state === 'measured' ? formatQuantity(seen.value.max, 'ratio') : '–',
      memory.state === 'measured' ? formatQuantity(memory.value.max, 'bytes') : '–',
    ])
  }
  const table = {
    id: `${spec}.ramp-up`,
    title: `GPU utilisation in a ramp-up of ${plan.value.planned.name}`,
    columns: ['Outstanding', 'Throughput', 'GPU, mean', 'GPU, most', 'GPU memory, most'],
    rows,
    notes: [],
  }
  return { gpuUtilisation: observe({ ...about, value: last, scale: plan.value.model.scale }), table }
}

/** A step of the same work: four times what is outstanding. */
function withOutstanding(plan: HttpPlan, outstanding: number): HttpPlan {
  const { configuration, planned } = plan
  return {
    ...plan,
    planned: { ...planned, name: `${planned.name}-ramp-up-${outstanding}` },
    configuration: {
      ...configuration,
      inference: { ...configuration.inference, batchSize: outstanding, concurrency: 1 },
      data: { ...configuration.data, samples: 4 * outstanding },
    },
    windowMs: null,
  }
}
