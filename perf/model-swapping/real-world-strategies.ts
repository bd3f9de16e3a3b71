import { availableParallelism } from 'node:os'
import {
  absent,
  type ChosenModel,
  formatQuantity,
  type Lab,
  type Measured,
  measured,
  type Observation,
  observe,
  ratioInterval,
} from '../../helpers/index.ts'
import {
  engineBackend,
  hitRate,
  latenciesMs,
  type ModelBackend,
  ModelPool,
  poolChart,
  type QueueLimits,
  type Replay,
  replay,
  strategyTable,
  swapServer,
  zipfTrace,
} from '../../helpers/model-pool/index.ts'
import { disturbanceBetween } from '../../helpers/sampling/index.ts'
import { median, quantile } from '../../helpers/statistics/index.ts'
import { disturbanceInWords } from '../../helpers/verdicts/index.ts'
import { ModelsMemory } from './capacity-memory.ts'
import { distinct, type Models, names, type RealWorldPlan, SPEC } from './real-world-study.ts'
import { Asker } from './swap-asker.ts'

export interface StrategiesFound {
  failures: Record<Strategy, Observation<'count'>>
  hitRates: Record<Strategy, Observation<'ratio'>>
  /** Median latency of the swap server as a multiple of the pool's. */
  latencyRatio: Observation<'factor'>
}

type Strategy = 'pool' | 'swap-server'
const titles = { pool: 'the pool', 'swap-server': 'the swap server' } as const

/** Nobody is refused: the comparison is of the same requests. A load of a whole model takes its time. */
const queue: QueueLimits = { requests: 1000, waitMs: 30 * 60_000 }

/** Plan 003's strategies A and B on the same requests. */
export async function measureStrategies(lab: Lab, plan: RealWorldPlan, models: Models): Promise<StrategiesFound> {
  return await new StrategyComparison(lab, plan, models).run()
}

class StrategyComparison {
  readonly #lab: Lab
  readonly #plan: RealWorldPlan
  readonly #models: Models
  /** Most wanted first: small and large models alternate. */
  readonly #wanted: ChosenModel[]
  readonly #askers = new Map<string, Asker>()
  readonly #scale: number
  /** What the host did during the replays, in words; null when nothing worth naming happened. */
  #disturbance: string | null = null

  constructor(lab: Lab, plan: RealWorldPlan, models: Models) {
    const { instances, medium, large } = models
    const [first, ...others] = instances
    this.#lab = lab
    this.#plan = plan
    this.#models = models
    this.#wanted = distinct([...(first ? [first] : []), large, medium, ...others])
    this.#scale = large.scale
  }

  async run(): Promise<StrategiesFound> {
    const bytes = await this.#weigh()
    const budget = this.#budget(bytes)
    await this.#noteSizes(bytes, budget)
    if (budget.state === 'absent') return await this.#found(budget, null)
    const backend = await this.#backend(bytes)
    const room = { kind: 'bytes', budgetBytes: budget.value } as const
    const before = await this.#lab.reading()
    const pool = await this.#replay(new ModelPool({ backend, room, queue }))
    const swapping = await this.#replay(swapServer(backend, queue))
    const after = await this.#lab.reading()
    this.#disturbance = disturbanceInWords(disturbanceBetween(before, after, availableParallelism()))
    const replays = [
      { strategy: 'pool (least recently used)', replay: pool },
      { strategy: 'swap server', replay: swapping },
    ]
    await this.#lab.note(
      poolChart({ id: `${SPEC}.pool`, subtitle: this.#traceInWords() }, replays),
      strategyTable(
        {
          id: `${SPEC}.strategies`,
          title: 'a pool and a swap server on the same requests',
          notes: [
            `budget of the pool ${formatQuantity(budget.value, 'bytes')}: what 1 × ${this.#plan.large} and ${this.#plan.smallInMix} × ${this.#plan.small} take`,
            this.#traceInWords(),
          ],
        },
        replays,
      ),
    )
    return await this.#found(measured(null), { pool, 'swap-server': swapping })
  }

  /** What a model of each size takes when it has answered; it is the same for copies. */
  async #weigh(): Promise<Map<string, Measured>> {
    const { instances, medium, large } = this.#models
    const memory = await ModelsMemory.beforeLoading(this.#lab)
    const bytes = new Map<string, Measured>()
    for (const model of distinct([...instances.slice(0, 1), medium, large])) {
      await this.#lab.load(model, this.#options)
      await this.#ask(model)
      bytes.set(model.name, await memory.taken())
      await this.#lab.unload(model.name)
    }
    const [first, ...copies] = instances
    const small = bytes.get(first?.name ?? '')
    if (small) for (const { name } of copies) bytes.set(name, small)
    return bytes
  }

  #budget(bytes: ReadonlyMap<string, Measured>): Measured {
    const { instances, large } = this.#models
    const unseen = bytes.values().find(value => value.state === 'absent')
    if (unseen) return absent(`a pool with a budget needs to know what models take: ${unseen.reason}`)
    const of = (model: ChosenModel | undefined) => bytesOf(bytes.get(model?.name ?? ''))
    const budget = of(large) + this.#plan.smallInMix * of(instances[0])
    const sum = this.#wanted.reduce((total, model) => total + of(model), 0)
    if (sum > budget) return measured(budget)
    return absent(`all ${this.#wanted.length} models that the engine has fit into the budget: nothing is swapped`)
  }

  async #noteSizes(bytes: ReadonlyMap<string, Measured>, budget: Measured): Promise<void> {
    const { small, medium, large } = this.#plan
    const sizes = [
      { plan: small, model: this.#models.instances[0] },
      { plan: medium, model: this.#models.medium },
      { plan: large, model: this.#models.large },
    ]
    await this.#lab.note(
      ...sizes.map(({ plan, model }) =>
        observe({
          id: `${SPEC}.model-bytes.${plan}`,
          title: `memory of ${model?.name ?? plan}`,
          unit: 'bytes',
          value: bytes.get(model?.name ?? '') ?? absent(`${plan} was not loaded`),
          scale: model?.scale ?? 1,
        }),
      ),
      observe({
        id: `${SPEC}.budget`,
        title: `budget of the pool: 1 × ${large} and ${this.#plan.smallInMix} × ${small}`,
        unit: 'bytes',
        value: budget,
        scale: this.#scale,
      }),
    )
  }

  #backend(bytes: ReadonlyMap<string, Measured>): Promise<ModelBackend> {
    return engineBackend({
      engine: this.#lab,
      models: this.#wanted,
      options: this.#options,
      estimate: ({ name }) => bytesOf(bytes.get(name)),
      // The decisions of a pool are the same in every run then.
      measure: async () => absent('it was weighed before'),
    })
  }

  async #replay(pool: ModelPool): Promise<Replay> {
    await using scope = pool
    const { requests, exponent, concurrency } = this.#plan.trace
    const byName = new Map(this.#wanted.map(model => [model.name, model]))
    return await replay({
      pool: scope,
      trace: zipfTrace({ models: [...byName.keys()], exponent, length: requests, seed: 1 }),
      concurrency,
      signal: this.#lab.signal,
      ask: async name => {
        const model = byName.get(name)
        return model ? await this.#ask(model) : absent(`${name} is not in the trace`)
      },
    })
  }

  /** The time that an answer of a loaded model takes. */
  async #ask(model: ChosenModel): Promise<Measured> {
    const asker = this.#askers.get(model.name) ?? (await Asker.of(this.#lab, model, this.#plan))
    this.#askers.set(model.name, asker)
    const record = await asker.ask()
    if (record.state === 'failed') return absent(`${record.failure}: ${record.message}`)
    return measured(record.endedAtMs - record.sentAtMs)
  }

  async #found(comparable: Measured<null>, replays: Record<Strategy, Replay> | null): Promise<StrategiesFound> {
    const why = comparable.state === 'absent' ? comparable : absent('nothing was replayed')
    const strategies = ['pool', 'swap-server'] as const
    const of = <U extends 'ratio' | 'count' | 'ms' | 'bytes'>(
      strategy: Strategy,
      slug: string,
      what: string,
      unit: U,
      value: (replay: Replay) => Measured | number,
    ): Observation<U> =>
      observe({
        id: `${SPEC}.${slug}.${strategy}`,
        title: `${what} of ${titles[strategy]}`,
        unit,
        value: replays === null ? why : value(replays[strategy]),
        n: replays?.[strategy].requests.length ?? 0,
        scale: this.#scale,
        data: this.#traceInWords(),
      })
    const each = strategies.map(strategy => ({
      strategy,
      failures: of(
        strategy,
        'failed',
        'failed requests',
        'count',
        ({ requests }) => requests.filter(({ latencyMs }) => latencyMs.state === 'absent').length,
      ),
      hitRate: of(strategy, 'hit-rate', 'hit rate', 'ratio', ({ metrics }) => hitRate(metrics)),
      others: [
        of(strategy, 'latency-p50', 'median latency', 'ms', found => percentile(found, 0.5)),
        of(strategy, 'latency-p95', 'p95 latency', 'ms', found => percentile(found, 0.95)),
        of(strategy, 'loads', 'loads', 'count', ({ metrics }) => metrics.loads),
        of(strategy, 'bytes-loaded', 'bytes loaded', 'bytes', ({ metrics }) => metrics.bytesLoaded),
        of(strategy, 'miss-wait', 'median wait for a model that is not loaded', 'ms', ({ requests }) => {
          const waits = requests.filter(({ isHit }) => !isHit).map(({ waitedMs }) => waitedMs)
          return waits.length === 0 ? absent('every model was loaded') : median(waits)
        }),
      ],
    }))
    const latencyRatio = observe({
      id: `${SPEC}.latency-ratio`,
      title: 'median latency of the swap server, as a multiple of the pool',
      unit: 'factor',
      value: replays === null ? why : ratioOf(replays),
      spoiledBy: this.#disturbance,
      n: replays?.pool.requests.length ?? 0,
      scale: this.#scale,
      data: this.#traceInWords(),
    })
    await this.#lab.note(
      ...each.flatMap(({ failures, hitRate, others }) => [failures, hitRate, ...others]),
      latencyRatio,
    )
    const [pool, server] = each
    if (!pool || !server) throw new TypeError('there are two strategies')
    return {
      failures: { pool: pool.failures, 'swap-server': server.failures },
      hitRates: { pool: pool.hitRate, 'swap-server': server.hitRate },
      latencyRatio,
    }
  }

  #traceInWords(): string {
    const { requests, exponent, concurrency } = this.#plan.trace
    return `${requests} requests, ${concurrency} at once, for ${this.#wanted.length} models by Zipf's law (exponent ${exponent}): ${names(this.#wanted)}`
  }

  get #options() {
    const { contextTokens, slots } = this.#plan
    return { contextTokens, slots }
  }
}

function percentile(found: Replay, q: number): Measured | number {
  const times = latenciesMs(found)
  return times.length === 0 ? absent('no request was answered') : quantile(times, q)
}

function ratioOf({ pool, 'swap-server': server }: Record<Strategy, Replay>) {
  const [a, b] = [latenciesMs(pool), latenciesMs(server)]
  if (a.length === 0 || b.length === 0) return absent('no request was answered')
  return { value: median(b) / median(a), interval: ratioInterval(a, b) }
}

const bytesOf = (value: Measured | undefined): number => (value?.state === 'measured' ? value.value : Number.NaN)
