import { againstLinear } from '../../helpers/charts/index.ts'
import {
  absent,
  ask,
  type Bench,
  type BenchFigures,
  benchFigures,
  type Canary,
  type CanarySighting,
  type ChosenModel,
  canaries,
  canarySighting,
  formatQuantity,
  type Lab,
  type LoadSettings,
  type Measured,
  type MeasuredTable,
  mappedWeights,
  measured,
  type Observation,
  observe,
  ratesTogether,
  ratioOfMedians,
} from '../../helpers/index.ts'

export interface ConcurrencyPlan {
  /** Requests at once, ascending: from a single one to as many as the model has slots. */
  streams: readonly number[]
  /** So many times each number of requests is sent, one after the other. */
  rounds: number
  promptTokens: number
  outputTokens: number
  /** Requests that are each held to a word of their own. */
  canaries: number
  /** Models with the same weights that share the largest number of requests. */
  instances: number
}

/** What plan 000 lists under concurrency. */
export interface ConcurrencyStudy {
  scaling: { streams: number; rate: Observation<'tokens/s'>; tpot: Observation<'ms'> }[]
  batchingGain: Observation<'factor'>
  mixedOutputs: Observation<'count'>
  equalAlone: Observation<'ratio'>
  instancesRate: Observation<'factor'>
  sharding: Observation<'factor'>
  residentAfterLoad: Observation<'ratio'>
  residentAfterAnswer: Observation<'ratio'>
}

const SPEC = '000.concurrency'
/** The template of a chat takes some tokens too. */
const TEMPLATE_TOKENS = 96
const CANARY_TOKENS = 32

export async function measureConcurrency(lab: Lab, plan: ConcurrencyPlan): Promise<ConcurrencyStudy> {
  const model = await lab.choose({ model: 'qwen2.5-0.5b', role: 'small' })
  const study = new ConcurrencyMeasurement(lab, plan, model)
  // Layers on demand first: the pages of a file are in memory once they were read.
  const found = {
    ...(await study.layersOnDemand()),
    ...(await study.scaling()),
    ...(await study.threadSafety()),
    instancesRate: await study.instances(),
    sharding: await study.sharding(),
  }
  const { scaling, table, ...single } = found
  const { name, version } = lab.engine.identity
  await lab.note(
    ...scaling.flatMap(({ rate, tpot }) => [rate, tpot]),
    ...Object.values(single),
    table,
    scalingChart(`${model.name} · ${name} ${version}`, scaling),
  )
  return { scaling, ...single }
}

class ConcurrencyMeasurement {
  readonly #lab: Lab
  readonly #plan: ConcurrencyPlan
  readonly #model: ChosenModel
  /** All requests at once on one instance. */
  #full: Bench | null = null

  constructor(lab: Lab, plan: ConcurrencyPlan, model: ChosenModel) {
    this.#lab = lab
    this.#plan = plan
    this.#model = model
  }

  get #most(): number {
    return Math.max(...this.#plan.streams)
  }

  /** What of a mapped file is in memory: after the load, and when every layer was used. */
  async layersOnDemand(): Promise<Pick<ConcurrencyStudy, 'residentAfterLoad' | 'residentAfterAnswer'>> {
    const { engine } = this.#lab
    await this.#load(this.#model, engine.traits.loadSettings.includes('memoryMap') ? { memoryMap: true } : {})
    const loaded = await mappedWeights(engine, this.#model.name)
    await this.#bench(this.#model, 1, 1)
    const answered = await mappedWeights(engine, this.#model.name)
    const resident = (when: 'load' | 'answer', found: typeof loaded): Observation<'ratio'> =>
      observe({
        id: `${SPEC}.resident-after-${when}`,
        title: `share of the mapped weights of ${this.#model.name} that is in memory after ${when === 'load' ? 'the load' : 'the first answer'}`,
        unit: 'ratio',
        value:
          found.state === 'absent' ? found : measured(found.value.residentBytes / Math.max(1, found.value.mappedBytes)),
        details: found.state === 'absent' ? [] : [`${formatQuantity(found.value.mappedBytes, 'bytes')} are mapped`],
        scale: this.#model.scale,
      })
    return { residentAfterLoad: resident('load', loaded), residentAfterAnswer: resident('answer', answered) }
  }

  async scaling(): Promise<Pick<ConcurrencyStudy, 'scaling' | 'batchingGain'> & { table: MeasuredTable }> {
    await this.#load(this.#model)
    const benches: { streams: number; bench: Bench; figures: BenchFigures }[] = []
    for (const streams of this.#plan.streams) {
      const bench = await this.#bench(this.#model, streams, this.#plan.rounds)
      benches.push({ streams, bench, figures: benchFigures(bench) })
    }
    this.#full = benches.at(-1)?.bench ?? null
    const scaling = benches.map(({ streams, bench, figures }) => ({
      streams,
      rate: this.#figure('rate', streams, 'tokens/s', bench, figures),
      tpot: this.#figure('tpot', streams, 'ms', bench, figures),
    }))
    const [one] = benches
    const gain = one && this.#full ? this.#ratio([one.bench], [this.#full]) : NOTHING_TO_COMPARE
    const batchingGain = observe({
      id: `${SPEC}.batching-gain`,
      title: `tokens a second of ${this.#most} requests at once, as a multiple of one request after the other`,
      unit: 'factor',
      ...gain,
      scale: this.#model.scale,
    })
    return { scaling, batchingGain, table: scalingTable(this.#model, scaling) }
  }

  /** All canaries at once, then the same requests one after the other. */
  async threadSafety(): Promise<Pick<ConcurrencyStudy, 'mixedOutputs' | 'equalAlone'>> {
    const all = canaries(this.#plan.canaries)
    const words = all.map(({ word }) => word)
    const sighted = (answers: readonly string[]): CanarySighting[] =>
      answers.map((answer, i) => canarySighting(answer, words[i] ?? '', words))
    const about = {
      id: `${SPEC}.mixed-outputs`,
      title: `answers that are not the word of their own request, of ${all.length} requests, ${this.#most} at once`,
      unit: 'count',
      n: all.length,
      data: `${all.length} requests`,
    } as const
    const [first] = all
    const probe = first === undefined ? '' : await this.#say(first, 0)
    const holds = sighted([probe])[0] === 'own'
    const together = holds ? sighted(await Promise.all(all.map((canary, i) => this.#say(canary, i)))) : []
    const mixed = together.filter(sighting => sighting === 'mixed').length
    const wrong = together.filter(sighting => sighting !== 'own').length
    const mixedOutputs = observe({
      ...about,
      value: holds
        ? wrong
        : absent(
            `${this.#lab.engine.identity.name} does not hold an answer to a JSON schema, so that nobody can tell whose it is; ` +
              'the embedded engine, llama-server, Ollama and vLLM do',
          ),
      details: holds ? [`${mixed} with the word of another request`] : [],
    })
    return { mixedOutputs, equalAlone: await this.#equalAlone(all) }
  }

  /** The same total number of requests on several instances, each with its share of it. */
  async instances(): Promise<Observation<'factor'>> {
    const { instances } = this.#plan
    const about = {
      id: `${SPEC}.instances-rate`,
      title: `tokens a second of ${instances} instances with ${this.#most} requests between them, as a multiple of one with all`,
      unit: 'factor',
      scale: this.#model.scale,
    } as const
    const others = await this.#otherInstances()
    if (others.state === 'absent') return observe({ ...about, value: others })
    const all = [this.#model, ...others.value]
    for (const model of all) await this.#load(model)
    // The counting of prompts and the warm-up come before, so that all start together.
    for (const model of all) await this.#bench(model, 1, 1)
    const share = this.#most / instances
    const benches = await Promise.all(all.map(model => this.#bench(model, share, this.#plan.rounds)))
    for (const { name } of others.value) await this.#lab.unload(name)
    return observe({ ...about, ...(this.#full ? this.#ratio([this.#full], benches) : NOTHING_TO_COMPARE) })
  }

  /** Layers split over GPU and CPU, against all of them on the GPU. */
  async sharding(): Promise<Observation<'factor'>> {
    const about = {
      id: `${SPEC}.sharding`,
      title: `decode rate of ${this.#model.name} with half of its layers on the GPU, as a multiple of all of them there`,
      unit: 'factor',
      scale: this.#model.scale,
    } as const
    const { identity, traits } = this.#lab.engine
    const layers = this.#model.architecture?.layers
    const { gpuTotalBytes } = (await this.#lab.reading()).metrics
    if (gpuTotalBytes.state === 'absent')
      return observe({ ...about, value: absent(`layers are split over a GPU and the CPU: ${gpuTotalBytes.reason}`) })
    if (!traits.loadSettings.includes('gpuLayers')) {
      const reason = `${identity.name} takes no number of layers with a load; llama-server, Ollama and the embedded engine do when the suite starts them`
      return observe({ ...about, value: absent(reason) })
    }
    if (layers === undefined)
      return observe({
        ...about,
        value: absent(`how many layers ${this.#model.name} has is known to the engine alone`),
      })
    const withLayers = async (gpuLayers: number): Promise<Bench> => {
      await this.#load(this.#model, { gpuLayers })
      return await this.#bench(this.#model, 1, this.#plan.rounds)
    }
    // The output layer counts as one more.
    const whole = await withLayers(layers + 1)
    const half = await withLayers(Math.floor(layers / 2))
    return observe({ ...about, ...this.#ratio([whole], [half]) })
  }

  async #load(model: ChosenModel, settings: LoadSettings = {}): Promise<void> {
    const { promptTokens, outputTokens } = this.#plan
    const contextTokens = promptTokens + outputTokens + TEMPLATE_TOKENS + CANARY_TOKENS
    await this.#lab.load(model, { contextTokens, slots: this.#most, settings })
  }

  #bench(model: ChosenModel, concurrency: number, rounds: number): Promise<Bench> {
    const { promptTokens, outputTokens } = this.#plan
    return this.#lab.bench(model, { promptTokens, outputTokens, concurrency, requests: concurrency * rounds })
  }

  async #say(canary: Canary, seed: number): Promise<string> {
    const { messages, responseFormat } = canary
    return await this.#answer({ messages, responseFormat, seed, maxTokens: CANARY_TOKENS })
  }

  async #answer(question: Omit<Parameters<typeof ask>[1], 'signal'>): Promise<string> {
    const { engine, signal } = this.#lab
    const { seed, ...rest } = question
    const seeded = engine.traits.seeded && seed !== undefined ? { seed } : {}
    return (await ask(engine.target(this.#model.name), { ...rest, ...seeded, signal })).text
  }

  /** Of free answers: a schema leaves a canary nothing to differ in. */
  async #equalAlone(all: readonly Canary[]): Promise<Observation<'ratio'>> {
    const { seeded } = this.#lab.engine.traits
    const about = {
      id: `${SPEC}.equal-alone`,
      title: `answers that are the same when the request is sent alone, of ${all.length}`,
      unit: 'ratio',
      n: all.length,
      data: `${all.length} requests`,
      scale: this.#model.scale,
    } as const
    if (!seeded) {
      const value = absent(`requests to ${this.#lab.engine.identity.name} carry no seed: no answer comes twice`)
      return observe({ ...about, value })
    }
    const { outputTokens: maxTokens } = this.#plan
    const free = all.map(({ messages }, seed) => ({ messages, seed, maxTokens }))
    const together = await Promise.all(free.map(question => this.#answer(question)))
    let equal = 0
    for (const [i, question] of free.entries()) if ((await this.#answer(question)) === together[i]) equal++
    return observe({ ...about, value: equal / all.length, details: [ROUNDING] })
  }

  async #otherInstances(): Promise<Measured<ChosenModel[]>> {
    const others: ChosenModel[] = []
    for (let instance = 2; instance <= this.#plan.instances; instance++) {
      // The same file under another name, where there is a file.
      const twin = { ...this.#model, name: `${this.#model.name} again ${instance}` }
      const other =
        this.#model.path === ''
          ? await this.#lab.findVariant({ model: 'qwen2.5-0.5b', role: 'small', instance })
          : measured(twin)
      if (other.state === 'absent') return other
      others.push(other.value)
    }
    return measured(others)
  }

  #figure<What extends 'rate' | 'tpot', U extends 'tokens/s' | 'ms'>(
    what: What,
    streams: number,
    unit: U,
    { disturbance, completed }: Bench,
    { totalRate, tpotMs }: BenchFigures,
  ): Observation<U> {
    const { value, n, source } = what === 'rate' ? totalRate : tpotMs
    const subject = what === 'rate' ? 'tokens a second together' : 'time per output token'
    return observe({
      id: `${SPEC}.${what}-at-${streams}`,
      title: `${subject} with ${inWords(streams)} to ${this.#model.name}`,
      unit,
      value,
      n,
      data: `${completed.length} requests`,
      details: source === '' ? [] : [source],
      spoiledBy: disturbance,
      scale: this.#model.scale,
    })
  }

  /** How many times as fast the later benches are as the earlier ones. */
  #ratio(earlier: readonly Bench[], later: readonly Bench[]): Comparison {
    const rates = [earlier, later].map(benches => ratesTogether(benches, this.#plan.rounds))
    const [slow = [], fast = []] = rates
    const spoiledBy = [...earlier, ...later].find(({ disturbance }) => disturbance !== null)?.disturbance ?? null
    const requests = later.reduce((sum, { completed }) => sum + completed.length, 0)
    return { value: ratioOfMedians(slow, fast), n: fast.length, data: `${requests} requests`, spoiledBy }
  }
}

const ROUNDING = 'batching changes the rounding, and one other token changes all that follow: reported, not judged'

type Comparison = Pick<Observation, 'n' | 'data' | 'spoiledBy'> & { value: ReturnType<typeof ratioOfMedians> }

const NOTHING_TO_COMPARE: Comparison = {
  value: absent('there are no two numbers of requests to compare'),
  n: 0,
  data: '',
  spoiledBy: null,
}

const inWords = (streams: number): string => (streams === 1 ? 'one request' : `${streams} requests at once`)

function scalingTable(model: ChosenModel, scaling: ConcurrencyStudy['scaling']): MeasuredTable {
  const alone = numberOf(scaling[0]?.rate)
  return {
    id: `${SPEC}.scaling`,
    title: `Requests at once on ${model.name}`,
    columns: ['Requests', 'Together', 'Of linear', 'Time per token'],
    rows: scaling.map(({ streams, rate, tpot }) => [
      String(streams),
      shown(rate),
      shownShare(numberOf(rate) / (alone * streams)),
      shown(tpot),
    ]),
    notes: scaling.flatMap(({ streams, rate }) =>
      rate.measured.state === 'absent' ? [`${inWords(streams)}: ${rate.measured.reason}`] : [],
    ),
  }
}

const scalingChart = (subtitle: string, scaling: ConcurrencyStudy['scaling']) =>
  againstLinear(
    {
      id: `${SPEC}.scaling`,
      title: 'Tokens a second against requests at once',
      subtitle,
      description: `${scaling.map(({ streams, rate }) => `${shown(rate)} with ${inWords(streams)}`).join(', ')}.`,
      loadTitle: 'requests at once',
      rateTitle: 'tokens/s of all of them',
    },
    [{ name: 'together', shape: 'line', points: scaling.map(({ streams, rate }) => [streams, rate.measured]) }],
  )

const numberOf = (observation: Observation | undefined): number =>
  observation?.measured.state === 'measured' ? observation.measured.value.value : Number.NaN

const shown = (observation: Observation): string =>
  observation.measured.state === 'measured' ? formatQuantity(numberOf(observation), observation.unit) : '–'

const shownShare = (share: number): string => (Number.isFinite(share) ? formatQuantity(share, 'ratio') : '–')
