import {
  estimateMemory,
  type ModelSize,
  type ProgramName,
  sizeOfArchitecture,
  sizeOfGguf,
} from '../../helpers/estimate/index.ts'
import {
  absent,
  type ChosenModel,
  formatQuantity,
  type Lab,
  type Measured,
  measured,
  type Observation,
  observe,
} from '../../helpers/index.ts'
import { budgetFor } from '../../helpers/lab/index.ts'
import { bisect, type Prover, predictedTrial } from '../../helpers/limits/index.ts'
import { catalogue, type Quantisation, readGguf, scaleArchitecture } from '../../helpers/models/index.ts'
import { type LimitPlan, plannedName } from './limit-plan.ts'

const SPEC = '000.limit-discovery'
/** Of the catalogue's models, as the search may have them written. */
const quantisations: readonly Quantisation[] = ['q4_0', 'q8_0', 'f16']
/** Steps in which contexts are made. */
const contextStep = 256

/** How much fits into the plan's budget of memory, each step predicted and then tried. */
export class MemoryLimits {
  readonly #lab: Lab
  readonly #plan: LimitPlan
  readonly #prover: Prover
  readonly #program: ProgramName

  constructor(lab: Lab, plan: LimitPlan, prover: Prover) {
    this.#lab = lab
    this.#plan = plan
    this.#prover = prover
    this.#program = lab.engine.identity.name === 'embedded' ? 'embedded' : 'native'
  }

  /** How many of one model are loaded and answer at once. The budget holds as many processes as the plan asks for. */
  async instances(model: ChosenModel, planned: number): Promise<Observation<'count'>> {
    const about = {
      id: `${SPEC}.instances.${plannedName(model)}`,
      title: `instances of ${model.name} at once`,
      unit: 'count',
      scale: model.scale,
    } as const
    const size = await sizeOf(model)
    if (size.state === 'absent') return observe({ ...about, value: size })
    if (model.path === '')
      return observe({
        ...about,
        value: absent('a model of the engine’s own store is held once: give a file (PERF_MODEL)'),
      })
    const loading = this.#loading()
    const limitBytes = this.#budget(size.value, model.scale, planned)
    const predicted = (copies: number) => predictedTrial(size.value, loading, { copies, program: this.#program }).bytes
    const most = Math.min(this.#plan.mostInstances, Math.floor(limitBytes / predicted(1)) + 3)
    const fitted = await this.#prover.fill({
      ...loading,
      limitBytes,
      labelOf: copies => `${copies} × ${model.name}`,
      predictedBytes: predicted,
      copies: async () => Array.from({ length: most }, (_, index) => copyOf(model, index + 1)),
    })
    const details = [
      `in ${bytes(limitBytes)}`,
      ...(fitted === most ? ['no more were tried'] : []),
      ...this.#budgetInWords(model.scale, planned),
    ]
    return observe({ ...about, value: fitted, details })
  }

  /** Bytes of the largest model of the catalogue, in any quantisation that is written here, that loads and answers. */
  async largestModel({ origin, scale }: ChosenModel): Promise<Observation<'bytes'>> {
    const about = { id: `${SPEC}.largest-model`, title: 'the largest model that loads', unit: 'bytes', scale } as const
    if (origin !== 'synthetic' || this.#lab.context.options.model !== null) {
      const why = 'the search goes over models with random weights, on an engine that takes them and without PERF_MODEL'
      return observe({ ...about, value: absent(why) })
    }
    const loading = this.#loading()
    const candidates = catalogue
      .flatMap(({ publishedParameters: _, names: __, ...whole }) =>
        quantisations.map(quantisation => {
          const size = sizeOfArchitecture(scaleArchitecture(whole, scale), quantisation)
          const { bytes: predictedBytes, estimate } = predictedTrial(size, loading, { program: this.#program })
          return {
            model: whole.name,
            quantisation,
            size,
            predictedBytes,
            limitBytes: this.#limitOf(estimate, scale, 1),
          }
        }),
      )
      .toSorted((a, b) => a.predictedBytes - b.predictedBytes)
    const guess = candidates.findLastIndex(({ predictedBytes, limitBytes }) => predictedBytes <= limitBytes)
    const end = await bisect({
      low: 0,
      high: candidates.length - 1,
      guess,
      holds: async index => {
        const candidate = candidates[index]
        if (candidate === undefined) return false
        const { model, quantisation, predictedBytes, limitBytes } = candidate
        return this.#prover.fits({
          ...loading,
          label: `${model}${scale === 1 ? '' : ` ÷ ${scale}`} ${quantisation}`,
          predictedBytes,
          limitBytes,
          models: async () => [await this.#lab.choose({ model, role: 'searched', quantisation })],
        })
      },
    })
    const found = end.state === 'none holds' ? undefined : candidates[end.largest]
    if (found === undefined) return observe({ ...about, value: absent('none of the catalogue fits into the budget') })
    const details = [
      `${found.model} ${found.quantisation}${end.state === 'all hold' ? ', the largest that there is' : ''}`,
      `in ${bytes(found.limitBytes)}`,
      ...this.#budgetInWords(scale, 1),
    ]
    return observe({ ...about, value: found.size.tensorBytes, details, n: candidates.length })
  }

  /** Tokens of the longest context with which a model loads and answers, up to what the model declares. */
  async largestContext(model: ChosenModel): Promise<Observation<'count'>> {
    const about = {
      id: `${SPEC}.largest-context.${plannedName(model)}`,
      title: `tokens of the largest context of ${model.name}`,
      unit: 'count',
      scale: model.scale,
    } as const
    const size = await sizeOf(model)
    if (size.state === 'absent') return observe({ ...about, value: size })
    const { shape } = await readGguf(model.path)
    if (shape.state === 'absent') return observe({ ...about, value: shape })
    const declared = shape.value.contextTokens
    const limitBytes = this.#budget(size.value, model.scale, 1)
    const predicted = (contextTokens: number) =>
      predictedTrial(size.value, { contextTokens, slots: 1 }, { program: this.#program }).bytes
    const expected = await bisect({
      low: 1,
      high: Math.floor(declared / contextStep),
      holds: async steps => predicted(steps * contextStep) <= limitBytes,
    })
    if (expected.state === 'none holds')
      return observe({ ...about, value: absent(`no context is predicted to fit into ${bytes(limitBytes)}`) })
    // In finer steps than these a try tells more of the spread between loads than of the context.
    const { spreadBytes, kvBytes } = estimateMemory({
      model: size.value,
      contextTokens: contextStep,
      slots: 1,
      program: this.#program,
    })
    const step = Math.max(1, Math.round((2 * spreadBytes) / kvBytes)) * contextStep
    const end = await bisect({
      low: 1,
      high: Math.max(1, Math.floor(declared / step)),
      guess: Math.floor((expected.largest * contextStep) / step),
      holds: steps => this.#contextFits(model, steps * step, predicted(steps * step), limitBytes),
    })
    if (end.state === 'none holds') return observe({ ...about, value: absent('not even the shortest context fits') })
    const tokens = end.largest * step
    const details = [
      `in ${bytes(limitBytes)}`,
      end.state === 'all hold' ? 'the model declares no more' : `in steps of ${step.toLocaleString('en')}`,
    ]
    return observe({ ...about, value: tokens, details })
  }

  /** Requests whose contexts the budget has room for, by prediction alone. */
  async contextsInMemory(model: ChosenModel): Promise<Measured> {
    const size = await sizeOf(model)
    if (size.state === 'absent') return size
    const input = { model: size.value, contextTokens: this.#plan.contextTokens, slots: 1, program: this.#program }
    const { heldBytes, kvBytes } = estimateMemory(input)
    const room = this.#budget(size.value, model.scale, 1) - (heldBytes - kvBytes)
    return measured(Math.max(0, Math.floor(room / kvBytes)))
  }

  #contextFits(
    model: ChosenModel,
    contextTokens: number,
    predictedBytes: number,
    limitBytes: number,
  ): Promise<boolean> {
    return this.#prover.fits({
      ...this.#loading(),
      contextTokens,
      label: `${model.name}, ${contextTokens.toLocaleString('en')} tokens`,
      predictedBytes,
      limitBytes,
      models: async () => [model],
    })
  }

  #loading() {
    const { contextTokens } = this.#plan
    return { contextTokens, slots: 1, signal: this.#lab.signal }
  }

  #budget(model: ModelSize, scale: number, processes: number): number {
    const estimate = estimateMemory({ model, contextTokens: contextStep, slots: 1, program: this.#program })
    return this.#limitOf(estimate, scale, processes)
  }

  #limitOf({ processBytes }: { processBytes: number }, scale: number, processes: number): number {
    const budget = { wholeBytes: this.#plan.budgetBytes, scale, overheadBytes: processBytes }
    return Math.floor(budgetFor(processes, budget))
  }

  #budgetInWords(scale: number, processes: number): string[] {
    if (scale === 1) return []
    const beside = processes === 1 ? 'a process' : `${processes} processes`
    return [`${bytes(this.#plan.budgetBytes)} ÷ ${scale}, and ${beside} as large as with a whole model`]
  }
}

async function sizeOf(model: ChosenModel): Promise<Measured<ModelSize>> {
  if (model.path.endsWith('.gguf')) return sizeOfGguf(await readGguf(model.path))
  return absent(`only a GGUF file tells what its model will take, and ${model.name} is none`)
}

const copyOf = (model: ChosenModel, copy: number): ChosenModel =>
  copy === 1 ? model : { ...model, name: `${model.name} copy ${copy}` }

const bytes = (value: number): string => formatQuantity(value, 'bytes')
