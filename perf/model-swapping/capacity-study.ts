import { PerfError } from '../../helpers/errors.ts'
import { absent, type ChosenModel, formatQuantity, type Lab, measured } from '../../helpers/index.ts'
import { processOverhead } from '../../helpers/lab/index.ts'
import { ModelsMemory } from './capacity-memory.ts'
import { type CapacityReport, capacityReport, type Mix, type Pressure, type Step } from './capacity-report.ts'
import { Asker } from './swap-asker.ts'

export interface CapacityPlan {
  /** For all models at once, of whole ones. */
  budgetBytes: number
  small: string
  large: string
  /** Small models beside the large one. */
  smallInMix: number
  /** The search for more ends here. */
  mostInstances: number
  contextTokens: number
  promptTokens: number
  outputTokens: number
}

/** What the machine keeps for everybody else. */
const FLOOR_BYTES = 2 ** 30

export async function measureCapacity(lab: Lab, plan: CapacityPlan): Promise<CapacityReport> {
  const memory = await ModelsMemory.beforeLoading(lab)
  const study = new CapacityMeasurement(lab, plan, memory)
  const report = capacityReport(await study.measure(), plan)
  await lab.note(...report.observations, report.table)
  return report
}

class CapacityMeasurement {
  readonly #lab: Lab
  readonly #plan: CapacityPlan
  readonly #memory: ModelsMemory
  readonly #askers = new Map<string, Asker>()
  /** As they are loaded now. */
  readonly #loaded = new Map<string, ChosenModel>()
  readonly #steps: Step[] = []
  readonly #pressures: Pressure[] = []
  #is16Bit = false

  constructor(lab: Lab, plan: CapacityPlan, memory: ModelsMemory) {
    this.#lab = lab
    this.#plan = plan
    this.#memory = memory
  }

  async measure() {
    const small = await this.#small(1)
    await this.#several()
    const mix = await this.#mix()
    await this.#unloadAllBut([])
    const overheadBytes = small.scale === 1 ? 0 : await this.#processOverhead(small)
    const budget = { wholeBytes: this.#plan.budgetBytes, scale: small.scale, overheadBytes }
    return {
      steps: this.#steps,
      pressures: this.#pressures,
      mix,
      budget,
      weightBytes: small.bytes,
      is16Bit: this.#is16Bit,
    }
  }

  /** The plan's have 16 bits a weight, which is where its 0.9 GB come from: so have ours. A real one is as it is. */
  async #small(instance: number): Promise<ChosenModel> {
    const request = { model: this.#plan.small, role: 'small', instance } as const
    if (this.#is16Bit) return await this.#lab.choose({ ...request, quantisation: 'bf16' })
    const found = await this.#lab.choose(request)
    if (found.origin !== 'synthetic' || found.path === '') return found
    this.#is16Bit = true
    return await this.#small(instance)
  }

  /** One more at a time, beyond the budget too, until the engine or the machine ends it. */
  async #several(): Promise<void> {
    const models: ChosenModel[] = []
    while (models.length < this.#plan.mostInstances) {
      const model = await this.#small(models.length + 1)
      const obstacle = (await this.#noRoom(model)) ?? (await this.#refusal(model)) ?? (await this.#eviction(models))
      if (obstacle !== null) {
        const bytes = this.#steps.at(-1)?.bytes ?? measured(0)
        this.#pressures.push({ instances: models.length, bytes, ...obstacle })
        return
      }
      models.push(model)
      const answered = await this.#answers(models)
      const bytes = await this.#memory.taken()
      this.#steps.push({ instances: models.length, bytes, answered })
      if (answered === models.length) continue
      const what = `${models.length - answered} of ${models.length} did not answer`
      this.#pressures.push({ kind: 'engine', instances: models.length - 1, bytes, what })
      return
    }
  }

  async #mix(): Promise<Mix> {
    const { large, smallInMix } = this.#plan
    const models: ChosenModel[] = []
    for (let instance = 1; instance <= smallInMix; instance++) models.push(await this.#small(instance))
    models.unshift(await this.#lab.choose({ model: large, role: 'medium' }))
    await this.#unloadAllBut(models)
    const refusals: string[] = []
    for (const model of models) {
      const refusal = await this.#refusal(model)
      if (refusal !== null) refusals.push(refusal.what)
    }
    const answered = await this.#answers(await this.#there(models))
    return { names: models.map(({ name }) => name), answered, bytes: await this.#memory.taken(), refusals }
  }

  /** From the small model and another of as many bits; nothing else is loaded. */
  async #processOverhead(small: ChosenModel): Promise<number> {
    const alone = this.#steps[0]?.bytes ?? absent('none was loaded')
    const quantisation = this.#is16Bit ? ({ quantisation: 'bf16' } as const) : {}
    const larger = await this.#lab.choose({ model: 'qwen2.5-1.5b', role: 'medium', ...quantisation })
    await this.#load(larger)
    await this.#answers([larger])
    const bytes = await this.#memory.taken()
    if (alone.state === 'absent' || bytes.state === 'absent') return 0
    return processOverhead(
      { weightBytes: small.bytes, memoryBytes: alone.value },
      { weightBytes: larger.bytes, memoryBytes: bytes.value },
    )
  }

  /** Why one more would leave the machine too little; null when it would not, or nobody knows. */
  async #noRoom(model: ChosenModel): Promise<Pick<Pressure, 'kind' | 'what'> | null> {
    const free = await this.#memory.free()
    const last = this.#steps.at(-1)
    const next = last?.bytes.state === 'measured' ? last.bytes.value / last.instances : model.bytes
    if (free === null || free - next >= FLOOR_BYTES) return null
    return { kind: 'machine', what: `${formatQuantity(free, 'bytes')} of memory are left on the machine` }
  }

  /** What the engine says when it does not load one more; null when it does. */
  async #refusal(model: ChosenModel): Promise<Pick<Pressure, 'kind' | 'what'> | null> {
    try {
      await this.#load(model)
      return null
    } catch (error) {
      if (!(error instanceof PerfError)) throw error
      return { kind: 'engine', what: `the engine refused ${model.name}: ${error.message.split('\n')[0]}` }
    }
  }

  async #eviction(models: readonly ChosenModel[]): Promise<Pick<Pressure, 'kind' | 'what'> | null> {
    const gone = models.length - (await this.#there(models)).length
    return gone === 0 ? null : { kind: 'engine', what: `the engine evicted ${gone} of ${models.length} for one more` }
  }

  async #there(models: readonly ChosenModel[]): Promise<ChosenModel[]> {
    const states = await Promise.all(models.map(({ name }) => this.#lab.engine.residency(name)))
    return models.filter((_, index) => states[index]?.state === 'loaded')
  }

  async #load(model: ChosenModel): Promise<void> {
    await this.#lab.load(model, { contextTokens: this.#plan.contextTokens, slots: 1 })
    this.#loaded.set(model.name, model)
  }

  async #unloadAllBut(kept: readonly ChosenModel[]): Promise<void> {
    const names = new Set(kept.map(({ name }) => name))
    for (const name of [...this.#loaded.keys()].filter(loaded => !names.has(loaded))) {
      await this.#lab.unload(name)
      this.#loaded.delete(name)
    }
  }

  /** How many of them answer, when all are asked at once. */
  async #answers(models: readonly ChosenModel[]): Promise<number> {
    const askers = await Promise.all(models.map(model => this.#askerOf(model)))
    const records = await Promise.all(askers.map(asker => asker.ask()))
    return records.filter(({ state }) => state === 'completed').length
  }

  async #askerOf(model: ChosenModel): Promise<Asker> {
    const asker = this.#askers.get(model.name) ?? (await Asker.of(this.#lab, model, this.#plan))
    this.#askers.set(model.name, asker)
    return asker
  }
}
