import type { Measured } from '../measured.ts'
import { findVisionModel } from '../models/index.ts'
import { type EngineFacts, type Facts, modelKey, type StartableEngine } from './facts.ts'
import type { Missing } from './missing.ts'
import type { Need } from './need.ts'
import type { PlanItem, PlannedModel, PlanSpec } from './plan-spec.ts'
import { otherWeights, plannedKey } from './planned-variants.ts'

/** Everything that an item lacks, in the order of its needs, the models last; empty for one that runs. */
export function whatIsMissing(spec: PlanSpec, item: PlanItem, facts: Facts): Missing[] {
  const { engine } = facts
  if (engine.state === 'absent') return [missing(engine.reason)]
  const lacking = item.needs.map(need => lacks[need](facts, engine.value, spec, item)).filter(each => each !== null)
  // Which models another engine would have is not known.
  const staysHere = lacking.every(({ settings }) => !settings.some(setting => setting.startsWith('PERF_ENGINE=')))
  const model = staysHere ? missingModel(spec, item, facts, engine.value) : null
  return model === null ? lacking : [...lacking, model]
}

/** What is decided about one need; null where it is met. */
type Decision = (facts: Facts, engine: EngineFacts, spec: PlanSpec, item: PlanItem) => Missing | null

const lacks: Record<Need, Decision> = {
  'idle expiry': (facts, { traits }) =>
    traits.neverExpires === null ? null : otherEngine(facts, ['ollama', 'llama-server'], traits.neverExpires),
  'batch api': ({ batchApi }) =>
    unless(batchApi, {
      settings: ['PERF_ENGINE_URL=http://127.0.0.1:8080', 'PERF_BATCH_URL=http://127.0.0.1:4000'],
      first: 'start a server of the Batch API in front of an engine; these are their URLs',
    }),
  'kv cache gauge': (facts, { name }) =>
    name === 'vllm' ? null : otherEngine(facts, ['vllm'], 'only vLLM tells how full its KV cache is'),
  'expected throughput': ({ options }) =>
    options.expectedThroughput === null
      ? missing('no figure was given, in requests a second', ['PERF_EXPECTED_THROUGHPUT=0.2'])
      : null,
  'own requests': ({ options }) =>
    options.input === null ? missing('the prompts are made by the suite', ['PERF_INPUT=batch.jsonl']) : null,
  baseline: ({ baseline }) => unless(baseline, { first: 'npm run baseline' }),
  swapping: (_, { where, traits }) =>
    traits.neverUnloads === null ? null : ofOurs(`${where} cannot load and unload models: ${traits.neverUnloads}`),
  'engine of ours': (_, engine) => (engine.origin === 'spawned' ? null : ofOurs(notOurs(engine))),
  'model files': ({ options }, engine) =>
    takesFiles(engine, options.synthetic) ? null : filesMissing(engine, `${engine.name} holds a model of its own once`),
  copies: ({ models, options }, engine, spec, item) => {
    const lacking = wantedBy(spec, item)
      .filter(({ copies = 1 }) => copies > 1)
      .map(({ model, role }) => models[modelKey({ model, role, instance: 2 })])
      .find(choice => choice?.state === 'absent')
    if (lacking?.state !== 'absent') return null
    return takesFiles(engine, options.synthetic) ? missing(lacking.reason) : filesMissing(engine, lacking.reason)
  },
  weights: ({ models }, _, spec, item) => {
    const lacking = wantedBy(spec, item)
      .flatMap(({ model, role, quantisations = [] }) =>
        otherWeights(quantisations).map(quantisation => models[modelKey({ model, role, quantisation })]),
      )
      .find(choice => choice?.state === 'absent')
    return lacking?.state === 'absent' ? ofOurs(lacking.reason) : null
  },
  'kv cache type': (_, { name, traits }) =>
    traits.loadSettings.includes('kvCacheType')
      ? null
      : ofOurs(`${name} has no type of the KV cache that is set with a load`),
  'server of several models': (_, engine) => {
    if (engine.origin === 'attached') return ofOurs(notOurs(engine))
    if (engine.name === 'embedded' || engine.name === 'ollama') return null
    return ofOurs(`${engine.name} as it is started here serves each model with a server of its own`)
  },
  images: (facts, engine, _, { models }) => {
    const { seesNoImages } = engine.traits
    const [model] = models ?? []
    if (seesNoImages === null || model === undefined) return null
    return realVisionModel(model, facts, engine, `${engine.name} sees no images: ${seesNoImages}`)
  },
  'several models': (facts, engine, spec, item) => {
    if (takesFiles(engine, facts.options.synthetic)) return null
    const wanted = wantedBy(spec, item)
    const others = spec.models.filter(({ model }) => wanted.every(each => each.model !== model))
    const names = (of: typeof wanted): string[] =>
      of.flatMap(each => {
        const choice = facts.models[plannedKey(each)]
        return choice?.state === 'measured' ? [choice.value.name] : []
      })
    const own = names(wanted)
    const isDistinct = new Set(own).size === own.length && own.every(name => !names(others).includes(name))
    return isDistinct
      ? null
      : filesMissing(engine, `${engine.name} has one model, ${own[0] ?? 'another'}, for several of the plan`)
  },
  'whole model': ({ options, models }, _, spec) => {
    const scaled = spec.models.flatMap(each => {
      const choice = models[plannedKey(each)]
      return choice?.state === 'measured' && choice.value.scale > 1 ? [choice.value.scale] : []
    })
    const [scale] = scaled
    if (scale === undefined) return null
    return missing(`the limit is for the whole model; ${options.profile} takes 1/${scale} of it`, [
      'PERF_PROFILE=standard',
    ])
  },
  'full profile': ({ options: { profile }, models }, _, { models: [planned] }) => {
    const choice = planned === undefined ? undefined : models[plannedKey(planned)]
    // A model that the user chose is measured for its own sake.
    const isTheirs = choice?.state === 'measured' && ['named', 'served'].includes(choice.value.origin)
    return profile === 'full' || isTheirs
      ? null
      : missing(`the limit is for the plan's own model, and ${profile} takes a smaller one`, ['PERF_PROFILE=full'])
  },
  'long load': ({ options: { profile } }) =>
    profile === 'quick'
      ? missing('heat shows after minutes, and quick loads for seconds', ['PERF_PROFILE=standard'])
      : null,
  gpu: ({ gpuBytes }) => unless(gpuBytes, { first: 'a machine with a GPU' }),
  'two gpus': ({ gpus }) =>
    gpus >= 2
      ? null
      : { ...none, reason: `tensor parallel takes 2 GPUs, and there are ${gpus}`, first: 'a machine with 2 GPUs' },
  'gpu memory share': (facts, { traits }) => {
    if (!traits.loadSettings.includes('gpuMemoryShare'))
      return withGpu(facts, otherEngine(facts, ['vllm'], 'memory utilisation is a setting of vLLM'))
    return unless(facts.gpuBytes, { first: 'a machine with a GPU' })
  },
  temperature: ({ temperatureC }) => unless(temperatureC, { first: 'a machine whose sensors the kernel shows' }),
  'paging rights': ({ pagingRights }) =>
    pagingRights.state === 'measured' ? null : { ...none, reason: pagingRights.reason, asRoot: true },
  nvme: ({ nvme }) => unless(nvme, { settings: ['PERF_OUTPUT=/mnt/nvme/perf'], first: 'a folder on an NVMe drive' }),
  ray: ({ ray, hasRay }) =>
    unless(ray, {
      settings: ['PERF_RAY=local'],
      first: hasRay ? null : 'install ray[default,data] where vLLM is, and put its programs on the PATH',
    }),
  'binary and container': (facts, engine) => {
    if (engine.origin === 'attached')
      return ofOurs(`the server at ${engine.where} is not ours: it is started neither way`)
    const { name } = engine
    if (name !== 'embedded' && name !== 'openai') {
      const ways = facts.bothWays[name]
      return ways.state === 'measured'
        ? null
        : { ...none, reason: ways.reason, first: 'its program on the PATH, and its image in Docker' }
    }
    const candidates = ['llama-server', 'ollama', 'vllm'] as const
    const able = candidates.find(candidate => facts.bothWays[candidate].state === 'measured')
    return {
      ...none,
      reason: 'the embedded engine has no container',
      settings: [`PERF_ENGINE=${able ?? candidates[0]}`],
      first: able === undefined ? 'its program on the PATH, and its image in Docker' : null,
    }
  },
  'vllm of ours': (facts, { name, origin }) => {
    if (name === 'vllm' && origin === 'spawned') return null
    return otherEngine(facts, ['vllm'], 'it is a setting of a vLLM that this suite starts')
  },
  'gguf engine of ours': (_, engine) => {
    if (engine.origin === 'attached') return ofOurs(notOurs(engine))
    return engine.name === 'vllm' ? missing('vLLM has rows of its own', ['PERF_ENGINE=llama-server']) : null
  },
  'row of all': (facts, engine) => {
    if (engine.origin === 'attached') return ofOurs(notOurs(engine))
    return engine.name === 'embedded'
      ? otherEngine(facts, ['vllm', 'llama-server', 'ollama'], 'the embedded engine has no row with everything')
      : null
  },
  image: (facts, { name }) =>
    name === 'embedded'
      ? otherEngine(facts, ['llama-server', 'ollama', 'vllm'], 'the embedded engine comes as no image')
      : null,
  'nothing has it': () => missing('no engine has a setting for it: each process has a tokenizer of its own'),
}

/** The models that the item takes, held against what the run would choose. */
function missingModel(spec: PlanSpec, item: PlanItem, facts: Facts, engine: EngineFacts): Missing | null {
  for (const planned of wantedBy(spec, item)) {
    const choice = facts.models[plannedKey(planned)]
    if (choice?.state !== 'absent') continue
    if (facts.namedRoles.includes(planned.role)) return { ...missing(choice.reason), isError: true }
    if (planned.role === 'vision') return realVisionModel(planned.model, facts, engine, choice.reason)
    const isWritten = engine.traits.modelFormat !== null
    return isWritten
      ? missing(choice.reason, ['PERF_SYNTHETIC=1'])
      : { ...missing(choice.reason, [`PERF_MODEL=${planned.role}=name`]), first: 'the name of a model that it has' }
  }
  return null
}

/** One that no random weights stand for. */
function realVisionModel(model: string, facts: Facts, { name }: EngineFacts, reason: string): Missing {
  const { huggingFace } = findVisionModel(model).names
  const own = [
    `PERF_MODEL=vision=${huggingFace}`,
    ...(needsItsCode(model) ? ['PERF_ENGINE_ARGS=--trust-remote-code'] : []),
  ]
  if (name === 'vllm') return missing(reason, own)
  const other = otherEngine(facts, needsItsCode(model) ? ['vllm'] : ['llama-server', 'ollama', 'vllm'], reason)
  return needsItsCode(model) ? { ...other, settings: [...own, ...other.settings] } : other
}

/** Known to one engine alone, by code that lies in its repository. */
function needsItsCode(model: string): boolean {
  const { ollama, huggingFace } = findVisionModel(model).names
  return ollama === null && huggingFace !== null
}

const wantedBy = ({ models }: PlanSpec, item: PlanItem): PlannedModel[] =>
  models.filter(({ model }) => item.models?.includes(model) ?? true)

const none: Missing = { reason: '', settings: [], first: null }

const missing = (reason: string, settings: readonly string[] = []): Missing => ({ ...none, reason, settings })

const unless = (fact: Measured<unknown>, { settings = [], first = null }: Partial<Missing>): Missing | null =>
  fact.state === 'measured' ? null : { reason: fact.reason, settings, first }

/** The first of the engines that can be started here, else the first with what is in the way. */
function otherEngine({ startable }: Facts, engines: readonly StartableEngine[], reason: string): Missing {
  const able = engines.find(engine => startable[engine].state === 'measured')
  const engine = able ?? engines[0]
  if (engine === undefined) return missing(reason)
  const way = startable[engine]
  return {
    reason,
    settings: [`PERF_ENGINE=${engine}`],
    first: way.state === 'absent' ? `${engine} on the PATH, or Docker` : null,
  }
}

function withGpu({ gpuBytes }: Facts, other: Missing): Missing {
  return gpuBytes.state === 'measured' ? other : { ...other, first: 'a machine with a GPU' }
}

/** The embedded engine is always there: it is what an engine of ours is without a setting. */
const ofOurs = (reason: string): Missing => missing(reason, ['PERF_ENGINE=embedded'])

const notOurs = ({ where }: EngineFacts): string => `the server at ${where} is not ours`

const takesFiles = ({ origin, traits }: EngineFacts, synthetic: boolean): boolean =>
  traits.modelFormat !== null && (origin === 'spawned' || synthetic)

function filesMissing({ traits }: EngineFacts, reason: string): Missing {
  return missing(reason, [traits.modelFormat === null ? 'PERF_ENGINE=embedded' : 'PERF_SYNTHETIC=1'])
}
