import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ConfigurationRun, type RunObservations, runObservations } from '../../helpers/batch-inference/index.ts'
import { capacityTable, rateOf } from '../../helpers/capacity/index.ts'
import {
  type BatchConfiguration,
  plannedArchitecture,
  refusalInWords,
  refusalsOf,
} from '../../helpers/configurations/index.ts'
import { skipAsNotApplicable } from '../../helpers/fixtures/skip-as-not-applicable.ts'
import { absent, type Lab, type Measured, measured, type Observation, observe } from '../../helpers/index.ts'
import { slice, syntheticWorkload } from '../../helpers/load/index.ts'
import { scaleArchitecture } from '../../helpers/models/index.ts'
import { openCluster, type RayCluster, type RayRow, rayAddress, runOnRay } from '../../helpers/ray/index.ts'
import { type OnRayPlan, sizedFor } from './on-ray-configurations.ts'
import { type ModelOnRay, modelOnRay } from './on-ray-model.ts'
import { onRayTable } from './on-ray-table.ts'

export interface OnRayObservations extends Omit<RunObservations, 'unaccounted'> {
  accountedFor: Observation<'count'>
  /** From the job's submission to its first row in an engine. */
  startUp: Observation<'ms'>
}

/** Plan 002 on its own stack. */
export interface OnRayStudy {
  of(name: string): OnRayObservations
}

const SPEC = '002.on-ray'
/** For PERF_MODEL=role=name, in the order in which the models come. */
const roles = ['small', 'large', 'largest']
/** The template of a chat takes some tokens too. */
const TEMPLATE_TOKENS = 64
/** Nobody counts the prompts beforehand: a word of theirs is one token in most tokenizers, and never more than two. */
const TOKENS_PER_WORD = 2

/** Each configuration is a job of its own, one after the other, in one cluster. */
export async function measureOnRay(lab: Lab, plan: OnRayPlan): Promise<OnRayStudy> {
  const address = rayAddress(lab.context.options.ray)
  if (address.state === 'absent') return skipAsNotApplicable(address.reason)
  lab.say('opening the Ray cluster')
  await using cluster = await openCluster(address.value, { signal: lab.signal })
  const runs: ConfigurationRun[] = []
  const names = [...new Set(plan.configurations.map(({ model }) => model.name))]
  const models = new Map<string, Measured<ModelOnRay>>()
  for (const planned of plan.configurations) {
    const { name } = planned.model
    const model =
      models.get(name) ??
      (await modelOnRay(lab, cluster, name, roles[names.indexOf(name)] ?? `model-${names.indexOf(name)}`))
    models.set(name, model)
    const finished = await run(lab, cluster, planned, sizedFor(planned, plan), model)
    runs.push(finished)
    // A run of hours that is stopped keeps what it has.
    await appendFile(join(lab.context.runDirectory, `${SPEC}.runs.jsonl`), `${JSON.stringify(finished)}\n`)
  }
  const found = new Map(runs.map(each => [each.planned.name, observationsOf(each)]))
  await lab.note(
    ...[...found.values()].flatMap(each => Object.values(each)),
    onRayTable(`${SPEC}.configurations`, cluster.title, runs),
    ...capacity(runs, cluster),
  )
  return {
    of: name => found.get(name) ?? observationsOf(notRun(known(plan, name), known(plan, name), 'it was not run')),
  }
}

async function run(
  lab: Lab,
  cluster: RayCluster,
  planned: BatchConfiguration,
  configuration: BatchConfiguration,
  model: Measured<ModelOnRay>,
): Promise<ConfigurationRun> {
  const why = model.state === 'absent' ? model.reason : whyNot(cluster, configuration, model.value)
  if (model.state === 'absent' || why !== null) return notRun(planned, configuration, why ?? 'it has no model')
  const say = (state: string): void => lab.say(`${planned.name}: ${state}`)
  say('submitting the job')
  const { promptTokens } = configuration.data
  return runOnRay(
    cluster,
    {
      configuration,
      planned,
      model: model.value,
      rows: await rowsOf(configuration),
      contextTokens: TOKENS_PER_WORD * promptTokens + configuration.inference.maxTokens + TEMPLATE_TOKENS,
      reading: lab.context.options.rayConcurrency,
    },
    {
      sampler: lab.sampler,
      signal: lab.signal,
      onProgress: ({ done, total, state }) => say(done === 0 ? state : `${done} of ${total} rows`),
    },
  )
}

/** What is known against it before anything is started: nothing that only the cluster can say. */
function whyNot({ room }: RayCluster, configuration: BatchConfiguration, model: ModelOnRay): string | null {
  const whole = plannedArchitecture(configuration.model.name)
  const refusals = refusalsOf(
    configuration,
    {
      // How large its GPUs are, a cluster does not tell.
      gpus: Array.from({ length: room.gpus }, () => ({ totalBytes: Number.POSITIVE_INFINITY })),
      hostAvailableBytes: measured(room.memoryBytes),
    },
    {
      architecture: whole === null || !model.isDummy ? null : scaleArchitecture(whole, model.scale),
      quantisation: 'bf16',
      slots: 1,
      replicas: 1,
    },
  )
  return refusals.length === 0 ? null : refusals.map(refusalInWords).join('; ')
}

async function rowsOf({ name, data, inference }: BatchConfiguration): Promise<RayRow[]> {
  const outputTokens = inference.maxTokens
  const workload = await syntheticWorkload({ promptTokens: data.promptTokens, outputTokens, seed: 1 })
  const rows: RayRow[] = []
  for await (const { body } of slice(workload.requests(0), 0, data.samples)) {
    // A synthetic workload makes chat messages.
    const messages = body.messages as RayRow['messages']
    rows.push({ id: `${name}.${rows.length}`, messages, maxTokens: outputTokens })
  }
  return rows
}

const notRun = (planned: BatchConfiguration, configuration: BatchConfiguration, reason: string): ConfigurationRun => ({
  configuration,
  planned,
  ranOn: 'ray',
  scale: 1,
  remarks: [],
  outcome: { state: 'not run', reason },
})

function observationsOf(of: ConfigurationRun): OnRayObservations {
  const { unaccounted, ...common } = runObservations(SPEC, of)
  const { outcome, planned, scale } = of
  const reason = outcome.state === 'not run' ? outcome.reason : outcome.state === 'failed' ? outcome.message : null
  return {
    ...common,
    accountedFor: { ...unaccounted, id: `${SPEC}.accounted-for.${planned.name}` },
    startUp: observe({
      id: `${SPEC}.start-up.${planned.name}`,
      title: `from the submission of ${planned.name} until its first row is in an engine`,
      unit: 'ms',
      value: outcome.state === 'ran' ? outcome.startUpMs : absent(reason ?? 'it did not run through'),
      scale,
    }),
  }
}

/** Of the SLA's own configuration, where it is among them. */
function capacity(runs: readonly ConfigurationRun[], cluster: RayCluster) {
  const promised = runs.find(({ planned }) => planned.category === 'sla')
  if (promised === undefined) return []
  const of = `${promised.planned.name} on ${cluster.title}`
  const size = promised.scale === 1 ? [] : [`of a model with 1/${promised.scale} of the parameters`]
  return [capacityTable({ id: `${SPEC}.capacity`, of, rate: rateOf(promised), notes: [...size, ...promised.remarks] })]
}

function known({ configurations }: OnRayPlan, name: string): BatchConfiguration {
  const found = configurations.find(configuration => configuration.name === name)
  if (found === undefined) throw new TypeError(`${name} is not among the configurations of this run`)
  return found
}
