import { totalmem } from 'node:os'
import {
  absent,
  type ChosenModel,
  formatQuantity,
  type Lab,
  type Observation,
  observe,
  ratioOfMedians,
} from '../../helpers/index.ts'
import type { Bench, BenchPlan } from '../../helpers/lab/index.ts'
import {
  applyMemoryPressure,
  heatObservations,
  heatOf,
  type MemoryPressureRequest,
  memoryFloor,
  sustainedLoad,
} from '../../helpers/machine/index.ts'

export interface PressurePlan {
  model: string
  bench: BenchPlan
  /** What is taken; `nearly all` leaves the weights in memory and half more than the floor, below which it lets go. */
  take: 'nearly all' | { takeBytes: number }
}

export interface PressureStudy {
  failures: Observation<'count'>
  slowdown: Observation<'factor'>
}

/** The same requests to one model without and with memory taken from the machine, and without again. */
export async function measureUnderPressure(lab: Lab, spec: string, plan: PressurePlan): Promise<PressureStudy> {
  const found = await lab.find({ model: plan.model, role: 'large' })
  if (found.state === 'absent') return noted(lab, nothing(spec, found.reason))
  const model = found.value
  const { bench } = plan
  await lab.load(model, { contextTokens: 512 + bench.promptTokens + bench.outputTokens, slots: bench.concurrency })
  const quiet = await lab.bench(model, bench)
  const heat = heatOf(
    await sustainedLoad(lab.sampler, { fromMs: quiet.startMs, toMs: quiet.endMs, speed: speedsOf(quiet) }),
  )
  const { all } = heatObservations(`${spec}.heat`, heat, {
    data: `${quiet.completed.length} requests`,
    spoiledBy: quiet.disturbance,
  })
  await lab.note(...all)
  const study = await pressed(lab, spec, plan, model, quiet)
  if (lab.engine.traits.neverUnloads === null) await lab.unload(model.name)
  return noted(lab, study)
}

async function pressed(
  lab: Lab,
  spec: string,
  { bench, take }: PressurePlan,
  model: ChosenModel,
  quiet: Bench,
): Promise<PressureStudy> {
  const applied = await applyMemoryPressure(requestOf(take, model))
  if (applied.state === 'absent') return nothing(spec, applied.reason)
  const stalledFrom = (await lab.reading()).metrics.memoryPressureStallMs
  const { tight, taken, lost } = await (async () => {
    await using pressure = applied.value
    const tight = await lab.bench(model, bench)
    const words = [pressure.takenBytes, pressure.leftBytes].map(bytes => formatQuantity(bytes, 'bytes'))
    return {
      tight,
      taken: `${words[0]} taken, ${words[1]} of ${formatQuantity(totalmem(), 'bytes')} left`,
      lost: pressure.lost,
    }
  })()
  const stalledTo = (await lab.reading()).metrics.memoryPressureStallMs
  const stalled =
    stalledFrom.state === 'measured' && stalledTo.state === 'measured'
      ? [`the machine waited ${formatQuantity(stalledTo.value - stalledFrom.value, 'ms')} for memory`]
      : []
  const details = [taken, ...stalled, ...(lost === null ? [] : [`the memory was given back early: ${lost}`])]
  const n = tight.completed.length + tight.failed.length
  const about = { data: `${n} requests`, details, scale: model.scale }
  const [failure] = tight.failed
  return {
    failures: observe({
      id: `${spec}.pressure.failures`,
      title: `failed requests of ${model.name} under memory pressure`,
      unit: 'count',
      value: tight.failed.length,
      n,
      ...about,
      details: [...details, ...(failure ? [`the first: ${failure.failure}: ${failure.message}`] : [])],
    }),
    slowdown: observe({
      id: `${spec}.pressure.slowdown`,
      title: `time of a request to ${model.name} under memory pressure, by that without`,
      unit: 'factor',
      value: ratioOfMedians(timesMs(quiet), timesMs(tight)),
      n,
      ...about,
      spoiledBy: quiet.disturbance ?? tight.disturbance ?? lost,
    }),
  }
}

function requestOf(take: PressurePlan['take'], { bytes }: ChosenModel): MemoryPressureRequest {
  if (take !== 'nearly all') return take
  // Weights that are mapped count as available, and would be the first to go.
  return { leaveFreeBytes: 1.5 * memoryFloor(totalmem()) + bytes }
}

const timesMs = ({ completed }: Bench): number[] => completed.map(({ endedAtMs, sentAtMs }) => endedAtMs - sentAtMs)

const speedsOf = ({ completed }: Bench): { atMs: number; value: number }[] =>
  completed.map(({ endedAtMs, sentAtMs, completionTokens }) => ({
    atMs: endedAtMs,
    value: (1000 * completionTokens) / (endedAtMs - sentAtMs),
  }))

async function noted(lab: Lab, study: PressureStudy): Promise<PressureStudy> {
  await lab.note(...Object.values(study))
  return study
}

const nothing = (spec: string, reason: string): PressureStudy => ({
  failures: observe({
    id: `${spec}.pressure.failures`,
    title: 'failed requests under memory pressure',
    unit: 'count',
    value: absent(reason),
  }),
  slowdown: observe({
    id: `${spec}.pressure.slowdown`,
    title: 'slowdown under memory pressure',
    unit: 'factor',
    value: absent(reason),
  }),
})
