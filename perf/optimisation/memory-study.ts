import type { ChosenModel, Lab, ModelRequest, Observation } from '../../helpers/index.ts'
import { absent, formatQuantity, type Measured, measured, modelMemory, observe } from '../../helpers/index.ts'

export interface MemoryPlan {
  /** Of a request, and of the long one that shows what activations take. */
  contextTokens: number
  slots: number
  promptTokens: number
  outputTokens: number
}

/** What plan 000 lists under memory optimisation, each measured, or with the reason why there is nothing to set. */
export interface MemoryStudy {
  savingOf4Bit: Observation<'ratio'>
  savingOf8Bit: Observation<'ratio'>
  /** Of what a first instance of a file takes, how much a second one does not. */
  sharedByInstances: Observation<'ratio'>
  /** What every further instance of the same file has for itself: tokenizer, KV cache, buffers, the process. */
  perInstance: Observation<'bytes'>
  savingOf8BitKv: Observation<'ratio'>
  /** How much more the engine holds while it works on a long prompt than at rest. */
  activation: Observation<'bytes'>
  /** How much more it holds after a model was unloaded and loaded again than after it was loaded first. */
  notReused: Observation<'bytes'>
  sharedTokenizers: Observation<'bytes'>
}

const SPEC = '000.memory'

export async function measureMemory(lab: Lab, plan: MemoryPlan): Promise<MemoryStudy> {
  const request = { model: 'qwen2.5-3b', role: 'medium' }
  const model = await lab.choose(request)
  const study = new MemoryMeasurement(lab, plan)
  const found = {
    ...(await study.savings(model, request)),
    savingOf8BitKv: await study.savingOf8BitKv(model),
    ...(await study.instances(model)),
    ...(await study.overTime(model)),
  }
  await lab.note(...Object.values(found))
  return found
}

class MemoryMeasurement {
  readonly #lab: Lab
  readonly #plan: MemoryPlan

  constructor(lab: Lab, plan: MemoryPlan) {
    this.#lab = lab
    this.#plan = plan
  }

  /** Loads the model, has it answer once so that all of its pages were touched, reads, and unloads it. */
  async held(model: ChosenModel, settings = {}): Promise<Measured> {
    await this.#lab.load(model, { ...this.#size(), settings })
    await this.#answer(model)
    const bytes = await this.#heldNow(model)
    await this.#lab.unload(model.name)
    return bytes
  }

  /** The same model with weights of 4, 8 and 16 bits. */
  async savings(
    model: ChosenModel,
    request: ModelRequest,
  ): Promise<Pick<MemoryStudy, 'savingOf4Bit' | 'savingOf8Bit'>> {
    const sixteen = await this.#weights({ ...request, quantisation: 'f16' })
    const eight = await this.#weights({ ...request, quantisation: 'q8_0' })
    const four = measured({ model, held: await this.held(model) })
    const saving = (bits: 4 | 8, smaller: Measured<HeldModel>): Observation<'ratio'> =>
      observe({
        id: `${SPEC}.saving-${bits}-bit`,
        title: `memory saved by ${bits}-bit weights of ${request.model} against 16-bit ones`,
        unit: 'ratio',
        ...savedOf(sixteen, smaller),
        scale: model.scale,
      })
    return { savingOf4Bit: saving(4, four), savingOf8Bit: saving(8, eight) }
  }

  async #weights(request: ModelRequest): Promise<Measured<HeldModel>> {
    const model = await this.#lab.findVariant(request)
    return model.state === 'absent' ? model : measured({ model: model.value, held: await this.held(model.value) })
  }

  async savingOf8BitKv(model: ChosenModel): Promise<Observation<'ratio'>> {
    const about = {
      id: `${SPEC}.saving-8-bit-kv`,
      title: `memory saved by an 8-bit KV cache of ${model.name} against a 16-bit one`,
      unit: 'ratio',
      scale: model.scale,
    } as const
    const { identity, traits } = this.#lab.engine
    if (!traits.loadSettings.includes('kvCacheType')) {
      const value = absent(`${identity.name} has no type of the KV cache that is set with a load`)
      return observe({ ...about, value })
    }
    const { contextTokens, slots } = this.#size()
    const withType = async (kvCacheType: 'f16' | 'q8_0') =>
      measured({ model, held: await this.held(model, { kvCacheType }) })
    const { value, details } = savedOf(await withType('f16'), await withType('q8_0'))
    return observe({ ...about, value, details: [`${contextTokens * slots} tokens of context`, ...details] })
  }

  /** Two instances of the same file: what the second one adds to what the processes take together. */
  async instances(
    model: ChosenModel,
  ): Promise<Pick<MemoryStudy, 'sharedByInstances' | 'perInstance' | 'sharedTokenizers'>> {
    const added = await this.#addedByInstance(model)
    const { scale } = model
    const value = (of: (found: { first: number; second: number }) => number): Measured =>
      added.state === 'measured' ? measured(of(added.value)) : added
    const details =
      added.state === 'measured'
        ? [`PSS: ${bytes(added.value.first)} for one, ${bytes(added.value.second)} more for the second`]
        : []
    const second = value(({ second }) => second)
    return {
      sharedByInstances: observe({
        id: `${SPEC}.shared-by-instances`,
        title: `share of ${model.name} that a second instance of its file need not hold again`,
        unit: 'ratio',
        value: value(({ first, second }) => 1 - second / first),
        details,
        scale,
      }),
      perInstance: observe({
        id: `${SPEC}.per-instance`,
        title: `memory that a second instance of ${model.name} has for itself`,
        unit: 'bytes',
        value: second,
        details,
        scale,
      }),
      sharedTokenizers: observe({
        id: `${SPEC}.shared-tokenizers`,
        title: 'memory saved by a tokenizer that models share',
        unit: 'bytes',
        value: absent(
          'no engine has a setting for it: each process has a tokenizer of its own' +
            (second.state === 'measured'
              ? `, a part of the ${bytes(second.value)} that a further instance of ${model.name} takes here`
              : ''),
        ),
      }),
    }
  }

  async #addedByInstance(model: ChosenModel): Promise<Measured<{ first: number; second: number }>> {
    if (model.path === '') return absent(`${this.#lab.engine.identity.name} holds a model of its own once`)
    const twin = { ...model, name: `${model.name} again` }
    const pss = async (names: readonly string[]): Promise<Measured> => {
      let sum = 0
      for (const name of names) {
        const memory = await modelMemory(this.#lab.engine, name)
        if (memory.state === 'absent') return memory
        sum += memory.value.pssBytes
      }
      return measured(sum)
    }
    try {
      await this.#lab.load(model, this.#size())
      await this.#answer(model)
      const one = await pss([model.name])
      if (one.state === 'absent') return one
      await this.#lab.load(twin, this.#size())
      await this.#answer(twin)
      const both = await pss([model.name, twin.name])
      return both.state === 'absent' ? both : measured({ first: one.value, second: both.value - one.value })
    } finally {
      for (const { name } of [twin, model]) await this.#lab.unload(name)
    }
  }

  /** At rest, at work on a long prompt, and after unloading and loading again. */
  async overTime(model: ChosenModel): Promise<Pick<MemoryStudy, 'activation' | 'notReused'>> {
    const { promptTokens, outputTokens, slots } = this.#plan
    await this.#lab.load(model, this.#size())
    await this.#answer(model)
    const held = await this.#heldNow(model)
    const metric = await this.#engineMetric()
    const rest = (await this.#lab.reading()).metrics[metric]
    const work = await this.#lab.bench(model, { promptTokens, outputTokens, concurrency: slots, requests: slots })
    const seen = await this.#lab.sampler.window(metric, work.startMs, work.endMs)
    const peak = seen.state === 'measured' ? measured(seen.value.max) : seen
    await this.#lab.unload(model.name)
    await this.#lab.load(model, this.#size())
    await this.#answer(model)
    const again = await this.#heldNow(model)
    await this.#lab.unload(model.name)
    const more = (later: Measured, earlier: Measured): Measured =>
      later.state === 'absent' ? later : earlier.state === 'absent' ? earlier : measured(later.value - earlier.value)
    const { scale } = model
    return {
      activation: observe({
        id: `${SPEC}.activation`,
        title: `memory that ${slots} prompts of ${promptTokens} tokens take beyond ${model.name} at rest`,
        unit: 'bytes',
        value: more(peak, rest),
        n: work.completed.length,
        data: `${work.completed.length} requests`,
        details: ['buffers for activations are allocated with the load; no engine has a setting to recompute them'],
        scale,
      }),
      notReused: observe({
        id: `${SPEC}.not-reused`,
        title: `memory that ${model.name} takes more when it is loaded a second time`,
        unit: 'bytes',
        value: more(again, held),
        details: ['no engine has a setting for a pool of buffers: what is reused is up to its allocator'],
        scale,
      }),
    }
  }

  /** Where the engine's memory is: on the GPU if it holds any there, else its processes' RSS, mapped weights included. */
  async #heldNow(model: ChosenModel): Promise<Measured> {
    const { gpuEngineBytes } = (await this.#lab.reading()).metrics
    if (gpuEngineBytes.state === 'measured' && gpuEngineBytes.value > 0) {
      const { gpuMemoryIsFixed } = this.#lab.engine.traits
      return gpuMemoryIsFixed === null ? gpuEngineBytes : absent(gpuMemoryIsFixed)
    }
    const memory = await modelMemory(this.#lab.engine, model.name)
    return memory.state === 'absent' ? memory : measured(memory.value.rssBytes)
  }

  /** Of the engine with all its processes, where its memory is. */
  async #engineMetric(): Promise<'gpuEngineBytes' | 'engineRssBytes'> {
    const { gpuEngineBytes } = (await this.#lab.reading()).metrics
    return gpuEngineBytes.state === 'measured' && gpuEngineBytes.value > 0 ? 'gpuEngineBytes' : 'engineRssBytes'
  }

  #size(): { contextTokens: number; slots: number } {
    return { contextTokens: this.#plan.contextTokens, slots: this.#plan.slots }
  }

  async #answer(model: ChosenModel): Promise<void> {
    await this.#lab.bench(model, { promptTokens: 32, outputTokens: 8, concurrency: 1, requests: 1 })
  }
}

const bytes = (value: number): string => formatQuantity(value, 'bytes')

interface HeldModel {
  model: ChosenModel
  held: Measured
}

/** What share of the large one's memory the small one does without. */
function savedOf(large: Measured<HeldModel>, small: Measured<HeldModel>): { value: Measured; details: string[] } {
  const details: string[] = []
  if (large.state === 'absent') return { value: large, details }
  if (small.state === 'absent') return { value: small, details }
  const [heldLarge, heldSmall] = [large.value.held, small.value.held]
  if (heldLarge.state === 'absent') return { value: heldLarge, details }
  if (heldSmall.state === 'absent') return { value: heldSmall, details }
  return {
    value: measured(1 - heldSmall.value / heldLarge.value),
    details: [
      `${bytes(heldSmall.value)} against ${bytes(heldLarge.value)}`,
      ...(small.value.model.bytes > 0 && large.value.model.bytes > 0
        ? [`files of ${bytes(small.value.model.bytes)} and ${bytes(large.value.model.bytes)}`]
        : []),
    ],
  }
}
