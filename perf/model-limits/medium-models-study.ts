import type { ChosenModel, Lab, Measured, Observation } from '../../helpers/index.ts'
import { absent, measured, observe } from '../../helpers/index.ts'
import { type BenchPlan, benchFigures } from '../../helpers/lab/index.ts'
import { heatOf, sustainedLoad } from '../../helpers/machine/heat.ts'
import {
  type ModelObservations,
  type ModelRecord,
  type ModelTestPlan,
  modelObservations,
  modelTable,
  testModel,
} from '../../helpers/model-test/index.ts'

const SPEC = '000.medium-models'

/** Below this a machine has not warmed up: what heat does to speed cannot show. */
const WARMED_UP_MS = 60_000

export interface MediumModelsPlan extends Pick<ModelTestPlan, 'inference' | 'concurrent' | 'pressure'> {
  /** One after the other, each through the whole procedure. */
  models: readonly string[]
  /** Loaded at once; a name twice is a second instance. */
  mixed: readonly string[]
  /** How long all of the mixed models answer. */
  sustainedSeconds: number
}

export interface MediumModels {
  /** By the plan's name; absent for a model that this engine does not have, with how to get it. */
  models: Record<string, Measured<ModelObservations>>
  mixedLoaded: Observation<'count'>
  fragmentationBefore: Observation<'ratio'>
  fragmentationAfter: Observation<'ratio'>
  temperature: Observation<'celsius'>
  sag: Observation<'ratio'>
}

export async function measureMediumModels(lab: Lab, plan: MediumModelsPlan): Promise<MediumModels> {
  const found: [planned: string, record: Measured<ModelRecord>][] = []
  for (const planned of plan.models) {
    const taken = found.flatMap(([, { state, ...rest }]) => ('value' in rest ? [rest.value.model.name] : []))
    found.push([planned, await testOne(lab, planned, plan, taken)])
  }
  const records = found.flatMap(([, record]) => (record.state === 'measured' ? [record.value] : []))
  const models = Object.fromEntries(
    found.map(([planned, record]) => [
      planned,
      record.state === 'measured' ? measured(modelObservations(record.value)) : record,
    ]),
  )
  for (const each of Object.values(models)) if (each.state === 'measured') await lab.note(...Object.values(each.value))
  await lab.note(modelTable({ id: `${SPEC}.architectures`, title: 'Speed across architectures' }, records))
  const together = await measureMixed(lab, plan)
  await lab.note(...Object.values(together))
  return { models, ...together }
}

async function testOne(
  lab: Lab,
  planned: string,
  { inference, concurrent, pressure }: MediumModelsPlan,
  taken: readonly string[],
): Promise<Measured<ModelRecord>> {
  const model = await lab.find({ model: planned, role: roleOf(planned) })
  if (model.state === 'absent') return model
  if (taken.includes(model.value.name))
    return absent(`${model.value.name} stands for this one too, and was tested already`)
  const plan = { testId: SPEC, planned, inference, concurrent, ...(pressure && { pressure }) }
  return measured(await testModel(lab, model.value, plan))
}

/** Loads all of them, has all of them answer at the same time, and keeps them at it. */
async function measureMixed(lab: Lab, plan: MediumModelsPlan): Promise<Omit<MediumModels, 'models'>> {
  const chosen = await chooseMixed(lab, plan.mixed)
  if (chosen.state === 'absent') return withoutMixed(chosen.reason)
  const { requests: _, ...lengths } = plan.concurrent
  const contextTokens = 512 + lengths.promptTokens + lengths.outputTokens
  const before = await lab.reading()
  for (const model of chosen.value) await lab.load(model, { contextTokens, slots: 1 })
  const after = await lab.reading()

  const askAll = (requestsOf: (model: ChosenModel) => number) =>
    Promise.all(
      chosen.value.map(model => {
        const bench: BenchPlan = { ...lengths, concurrency: 1, requests: requestsOf(model) }
        return lab.bench(model, bench)
      }),
    )
  const first = await askAll(() => 2)
  const answered = await Promise.all(
    first.map(async ({ model, failed, completed }) => {
      const isLoaded = (await lab.engine.residency(model)).state === 'loaded'
      return isLoaded && failed.length === 0 && completed.length > 0
    }),
  )
  const rates = new Map(
    first.map(bench => [bench.model, (1000 * bench.completed.length) / (bench.endMs - bench.startMs)]),
  )
  const sustained = await askAll(({ name }) => Math.max(2, Math.ceil((rates.get(name) ?? 0) * plan.sustainedSeconds)))
  const fromMs = Math.min(...sustained.map(({ startMs }) => startMs))
  const toMs = Math.max(...sustained.map(({ endMs }) => endMs))
  const speed = sustained.flatMap(({ completed }) =>
    completed.map(({ endedAtMs, sentAtMs, completionTokens }) => ({
      atMs: endedAtMs,
      value: (1000 * completionTokens) / (endedAtMs - sentAtMs),
    })),
  )
  const heat = heatOf(await sustainedLoad(lab.sampler, { fromMs, toMs, speed }))
  const spoiledBy = sustained.find(({ disturbance }) => disturbance !== null)?.disturbance ?? null
  const seconds = Math.round((toMs - fromMs) / 1000)
  const data = `${speed.length} requests of ${chosen.value.length} models in ${seconds} s`
  const scale = Math.max(...chosen.value.map(({ scale }) => scale))
  const fragmentation = (when: 'before' | 'after', value: Measured): Observation<'ratio'> =>
    observe({
      id: `${SPEC}.fragmentation.${when}`,
      title: `share of free memory in pieces below 2 MiB, ${when} the mixed models were loaded`,
      unit: 'ratio',
      value,
      scale,
    })
  return {
    mixedLoaded: observe({
      id: `${SPEC}.mixed-loaded`,
      title: `models of the mix that are loaded at once and answer (${chosen.value.map(({ name }) => name).join(', ')})`,
      unit: 'count',
      value: answered.filter(Boolean).length,
      n: answered.length,
      data: `${chosen.value.length} models`,
      details: first.flatMap(bench => decodeInWords(bench.model, benchFigures(bench).decodeRate.value)),
      scale,
    }),
    fragmentationBefore: fragmentation('before', before.metrics.memoryUnusableShare),
    fragmentationAfter: fragmentation('after', after.metrics.memoryUnusableShare),
    temperature: observe({
      id: `${SPEC}.temperature`,
      title: 'highest temperature under sustained load',
      unit: 'celsius',
      value: heat.highestC,
      data,
    }),
    sag: observe({
      id: `${SPEC}.throughput-sag`,
      title: 'speed lost from the first to the last third of the sustained load',
      unit: 'ratio',
      value:
        toMs - fromMs >= WARMED_UP_MS
          ? heat.sag
          : absent(
              `heat shows after minutes, and the load took ${seconds} s (PERF_PROFILE=standard loads for 2 min, full for 10)`,
            ),
      data,
      spoiledBy,
    }),
  }
}

const roleOf = (model: string): string => (model === 'qwen2.5-0.5b' ? 'small' : 'medium')

const decodeInWords = (name: string, rate: Measured<{ value: number }>): string[] =>
  rate.state === 'measured' ? [`${name} ${rate.value.value.toFixed(1)} tok/s`] : []

/** A second instance of a model has a number of its own; absent where the engine cannot hold one of them. */
async function chooseMixed(lab: Lab, names: readonly string[]): Promise<Measured<ChosenModel[]>> {
  const chosen: ChosenModel[] = []
  for (const [index, model] of names.entries()) {
    const instance = names.slice(0, index).filter(name => name === model).length + 1
    const found = await lab.find({ model, role: roleOf(model), instance })
    if (found.state === 'absent') return found
    chosen.push(found.value)
  }
  const distinct = new Set(chosen.map(({ name }) => name)).size
  return distinct === chosen.length
    ? measured(chosen)
    : absent(`this engine has ${distinct} of the ${chosen.length} models`)
}

function withoutMixed(reason: string): Omit<MediumModels, 'models'> {
  const missing = <U extends 'count' | 'ratio' | 'celsius'>(what: string, title: string, unit: U): Observation<U> =>
    observe({ id: `${SPEC}.${what}`, title, unit, value: absent(reason) })
  return {
    mixedLoaded: missing('mixed-loaded', 'models of the mix that are loaded at once and answer', 'count'),
    fragmentationBefore: missing('fragmentation.before', 'fragmentation before the mixed models', 'ratio'),
    fragmentationAfter: missing('fragmentation.after', 'fragmentation after the mixed models', 'ratio'),
    temperature: missing('temperature', 'highest temperature under sustained load', 'celsius'),
    sag: missing('throughput-sag', 'speed lost under sustained load', 'ratio'),
  }
}
