import { machineFacts } from '../../helpers/batch-inference/index.ts'
import {
  type BatchConfiguration,
  beforeAndAfter,
  type MachineFacts,
  outstandingOf,
  plannedArchitecture,
  refusalInWords,
  refusalsOf,
} from '../../helpers/configurations/index.ts'
import { divisors } from '../../helpers/fixtures/choose-model.ts'
import { absent, type ChosenModel, type Lab, type LoadSettings, type Measured, measured } from '../../helpers/index.ts'
import { scaleArchitecture } from '../../helpers/models/index.ts'
import { type OverHttpPlan, sizedConfiguration, slotsFor } from './over-http-plan.ts'

/** A configuration that can be tried here. */
export interface Trial {
  planned: BatchConfiguration
  configuration: BatchConfiguration
  model: ChosenModel
  slots: number
  settings: LoadSettings
  remarks: string[]
}

/** For PERF_MODEL=role=name, in the order in which the models come. */
const roles = ['small', 'large', 'largest']

/**
 * Which configurations can be tried on this machine and engine, or why one cannot. Nothing is loaded for that; a model's
 * file is only made when it would fit.
 */
export async function trialsOf(lab: Lab, plan: OverHttpPlan): Promise<Map<string, Measured<Trial>>> {
  const facts = await machineFacts(await lab.reading())
  const names = [...new Set(plan.configurations.map(({ model }) => model.name))]
  const chosen = new Map<string, Measured<ChosenModel>>()
  const trials = new Map<string, Measured<Trial>>()
  for (const planned of plan.configurations) {
    const configuration = sizedConfiguration(planned, plan)
    const slots = slotsFor(configuration, plan)
    const why = whyNot(lab, configuration, slots, facts)
    if (why !== null) {
      trials.set(planned.name, absent(why))
      continue
    }
    const { name } = planned.model
    const model = chosen.get(name) ?? (await modelFor(lab, name, roles[names.indexOf(name)] ?? name, chosen))
    chosen.set(name, model)
    trials.set(
      planned.name,
      model.state === 'absent'
        ? model
        : measured({
            planned,
            configuration,
            model: model.value,
            slots,
            settings: settingsFor(lab, planned, facts),
            remarks: remarksOn(lab, configuration, slots),
          }),
    )
  }
  for (const { before, after } of beforeAndAfter(plan.configurations)) pairUp(trials, before.name, after.name)
  return trials
}

/** What of it the machine or the engine has not; null where nothing is known against it. */
function whyNot(lab: Lab, configuration: BatchConfiguration, slots: number, facts: MachineFacts): string | null {
  const { identity, traits } = lab.engine
  const { model } = configuration
  const needs = {
    architecture: expectedArchitecture(lab, model.name),
    quantisation: traits.modelFormat === 'hugging-face' ? 'bf16' : 'q4_0',
    slots: identity.name === 'vllm' ? 1 : slots,
    replicas: 1,
  } as const
  // A server that runs has taken its memory already.
  const refusals = identity.origin === 'attached' ? [] : refusalsOf(configuration, facts, needs)
  if (refusals.length > 0) return refusals.map(refusalInWords).join('; ')
  if (model.tensorParallelSize === 1 || traits.loadSettings.includes('tensorParallel')) return null
  return refusalInWords({
    field: 'model.tensor_parallel_size',
    value: String(model.tensorParallelSize),
    allowed: `1, as ${identity.name} takes none with a load; vLLM does where this suite starts it (PERF_ENGINE=vllm)`,
  })
}

/** Of the model with random weights that this suite would make; null where another one may be taken. */
function expectedArchitecture({ context: { options } }: Lab, name: string) {
  const whole = options.model === null ? plannedArchitecture(name) : null
  return whole === null ? null : scaleArchitecture(whole, divisors[options.profile])
}

/** A server with one model has it once: it cannot stand for several of the plan. */
async function modelFor(
  lab: Lab,
  name: string,
  role: string,
  others: ReadonlyMap<string, Measured<ChosenModel>>,
): Promise<Measured<ChosenModel>> {
  const found = await lab.find({ model: name, role })
  if (found.state === 'absent') return found
  for (const [other, { state, ...taken }] of others) {
    if (state === 'measured' && 'value' in taken && taken.value.name === found.value.name)
      return absent(
        `${found.value.name} is measured for ${other} already; name one for ${name} too: PERF_MODEL=${role}=…`,
      )
  }
  return found
}

const settingsFor = (
  { engine: { traits } }: Lab,
  { model, inference }: BatchConfiguration,
  { gpus }: MachineFacts,
) => ({
  ...(traits.loadSettings.includes('gpuMemoryShare') && gpus.length > 0
    ? { gpuMemoryShare: inference.gpuMemoryUtilization }
    : {}),
  ...(model.tensorParallelSize > 1 ? { tensorParallel: model.tensorParallelSize } : {}),
})

function remarksOn({ engine: { identity } }: Lab, configuration: BatchConfiguration, slots: number): string[] {
  if (identity.origin === 'attached') return ['how many requests it works on at once is the server’s own setting']
  if (outstandingOf(configuration) <= slots) return []
  return [`the engine works on ${slots} requests at once: the others that are outstanding wait`]
}

/** Both halves or none, and only where they differ here. */
function pairUp(trials: Map<string, Measured<Trial>>, before: string, after: string): void {
  const halves = [before, after].map(name => trials.get(name))
  const missing = halves.find(half => half?.state === 'absent')
  if (missing?.state === 'absent') {
    for (const name of [before, after])
      if (trials.get(name)?.state === 'measured')
        trials.set(name, absent(`the other half of its pair cannot run here: ${missing.reason}`))
    return
  }
  const [one, other] = halves.map(half => (half?.state === 'measured' ? sameWork(half.value) : null))
  if (one !== other) return
  const reason = 'nothing of what its pair changes has a meaning on this machine and engine'
  for (const name of [before, after]) trials.set(name, absent(reason))
}

const sameWork = ({ configuration, settings, slots }: Trial): string =>
  JSON.stringify([
    configuration.model.name,
    configuration.inference.batchSize,
    configuration.inference.concurrency,
    configuration.inference.maxTokens,
    settings,
    slots,
  ])
