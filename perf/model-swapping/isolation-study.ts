import {
  absent,
  type Bench,
  type ChosenModel,
  type Engine,
  EngineStartError,
  formatQuantity,
  type Lab,
  type Measured,
  measured,
  type Observation,
  observe,
  ratioInterval,
  startEngine,
  tpotsMs,
} from '../../helpers/index.ts'
import { median } from '../../helpers/statistics/index.ts'

export interface IsolationPlan {
  models: number
  contextTokens: number
  promptTokens: number
  outputTokens: number
  /** Requests by which a container and a process are compared. */
  requests: number
}

export interface IsolationStudy {
  /** Memory of n servers with a model each, as a multiple of one server with n models. */
  serversMemory: Observation<'factor'>
  /** Memory, load time and time per output token of a container, as multiples of those of a process. */
  containerMemory: Observation<'factor'>
  containerLoadTime: Observation<'factor'>
  containerTpot: Observation<'factor'>
}

const SPEC = '003.isolation'

export async function measureIsolation(lab: Lab, plan: IsolationPlan): Promise<IsolationStudy> {
  const study = new IsolationMeasurement(lab, plan)
  const found = { serversMemory: await study.servers(), ...(await study.containers()) }
  await lab.note(...Object.values(found))
  return found
}

interface Sighting {
  memoryBytes: Measured
  loadMs: number
  bench: Bench
}

class IsolationMeasurement {
  readonly #lab: Lab
  readonly #plan: IsolationPlan

  constructor(lab: Lab, plan: IsolationPlan) {
    this.#lab = lab
    this.#plan = plan
  }

  async servers(): Promise<Observation<'factor'>> {
    const { models } = this.#plan
    const first = await this.#lab.choose({ model: 'qwen2.5-0.5b', role: 'small' })
    const about = {
      id: `${SPEC}.servers-memory`,
      title: `memory of ${models} servers with a model each, as a multiple of one server with ${models}`,
      unit: 'factor',
      scale: first.scale,
    } as const
    const { identity } = this.#lab.engine
    if (identity.origin === 'attached')
      return observe({
        ...about,
        value: absent(`the server at ${identity.url} is not ours: no others of it are started`),
      })
    const instances = [first]
    for (let instance = 2; instance <= models; instance++)
      instances.push(await this.#lab.choose({ model: 'qwen2.5-0.5b', role: 'small', instance }))
    const together = await this.#inOneServer(instances)
    if (together.state === 'absent') return observe({ ...about, value: together })
    const apart = await this.#inServersOfTheirOwn(instances)
    if (apart.state === 'absent') return observe({ ...about, value: apart })
    const details = [`${bytes(apart.value)} against ${bytes(together.value)}`]
    return observe({ ...about, value: apart.value / together.value, details })
  }

  async containers(): Promise<Omit<IsolationStudy, 'serversMemory'>> {
    const model = await this.#lab.choose({ model: 'qwen2.5-0.5b', role: 'small' })
    const seen = await this.#bothWays(model)
    const { scale } = model
    const ratio = (
      slug: string,
      what: string,
      of: (both: {
        container: Sighting
        binary: Sighting
      }) => Pick<Observation<'factor'>, 'details'> & { value: RatioValue },
    ): Observation<'factor'> => {
      const about = {
        id: `${SPEC}.container-${slug}`,
        title: `${what} in a container, as a multiple of that of a process`,
        unit: 'factor',
        scale,
      } as const
      if (seen.state === 'absent') return observe({ ...about, value: seen })
      const { container, binary } = seen.value
      const spoiledBy = container.bench.disturbance ?? binary.bench.disturbance
      return observe({ ...about, ...of(seen.value), n: this.#plan.requests, spoiledBy })
    }
    return {
      containerMemory: ratio('memory', 'memory of the engine', ({ container, binary }) => {
        if (container.memoryBytes.state === 'absent') return { value: container.memoryBytes, details: [] }
        if (binary.memoryBytes.state === 'absent') return { value: binary.memoryBytes, details: [] }
        const [more, less] = [container.memoryBytes.value, binary.memoryBytes.value]
        return { value: more / less, details: [`${bytes(more)} against ${bytes(less)}`] }
      }),
      containerLoadTime: ratio('load-time', 'time until the model answers', ({ container, binary }) => ({
        value: container.loadMs / binary.loadMs,
        details: [`${ms(container.loadMs)} against ${ms(binary.loadMs)}, one load each`],
      })),
      containerTpot: ratio('tpot', 'time per output token', ({ container, binary }) => {
        const [slow, fast] = [tpotsMs(container.bench), tpotsMs(binary.bench)]
        const interval = ratioInterval(fast, slow)
        if (interval === null)
          return { value: absent(`too few requests succeeded: ${slow.length} and ${fast.length}`), details: [] }
        return {
          value: { value: median(slow) / median(fast), interval },
          details: [`${ms(median(slow))} against ${ms(median(fast))}`],
        }
      }),
    }
  }

  async #inOneServer(instances: readonly ChosenModel[]): Promise<Measured> {
    const { engine } = this.#lab
    for (const model of instances) {
      await this.#lab.load(model, this.#size())
      await this.#lab.bench(model, this.#short())
    }
    const roots = await engine.processRoots()
    if (roots.state === 'absent') return roots
    const total = await this.#memory([engine])
    for (const { name } of instances) await this.#lab.unload(name)
    if (roots.value.length > 1)
      return absent(`${engine.identity.name} as it is started here serves each model with a server of its own`)
    return total
  }

  async #inServersOfTheirOwn(instances: readonly ChosenModel[]): Promise<Measured> {
    await using servers = new AsyncDisposableStack()
    const engines: Engine[] = []
    for (const model of instances) {
      const engine = servers.use(await startEngine(this.#lab.context.options, this.#lab.signal))
      engines.push(engine)
      await engine.load(model, this.#size())
      await this.#lab.benchOn(engine, model, this.#short())
    }
    return await this.#memory(engines)
  }

  async #bothWays(model: ChosenModel): Promise<Measured<{ container: Sighting; binary: Sighting }>> {
    const { name, origin, url } = this.#lab.engine.identity
    if (origin === 'attached') return absent(`the server at ${url} is not ours: it is started neither way`)
    if (name === 'embedded')
      return absent('the embedded engine has no container; PERF_ENGINE=llama-server, ollama or vllm compare both')
    try {
      const container = await this.#started(model, 'container')
      return measured({ container, binary: await this.#started(model, 'binary') })
    } catch (error) {
      if (error instanceof EngineStartError) return absent(`${error.message.split('\n')[0]}`)
      throw error
    }
  }

  async #started(model: ChosenModel, engineStart: 'container' | 'binary'): Promise<Sighting> {
    await using engine = await startEngine({ ...this.#lab.context.options, engineStart }, this.#lab.signal)
    const { loadMs } = await engine.load(model, this.#size())
    await this.#lab.benchOn(engine, model, this.#short())
    const { promptTokens, outputTokens, requests } = this.#plan
    const bench = await this.#lab.benchOn(engine, model, { promptTokens, outputTokens, requests, concurrency: 1 })
    return { memoryBytes: await this.#memory([engine]), loadMs, bench }
  }

  /** On the GPU if the engines hold any of it, else the PSS of their processes: what they take together. */
  async #memory(engines: readonly Engine[]): Promise<Measured> {
    const roots: number[] = []
    for (const engine of engines) {
      const found = await engine.processRoots()
      if (found.state === 'absent') return found
      roots.push(...found.value)
    }
    await this.#lab.sampler.follow({ roots: measured(roots), queue: null })
    const { gpuEngineBytes, enginePssBytes } = (await this.#lab.reading()).metrics
    return gpuEngineBytes.state === 'measured' && gpuEngineBytes.value > 0 ? gpuEngineBytes : enginePssBytes
  }

  #size(): { contextTokens: number; slots: number } {
    return { contextTokens: this.#plan.contextTokens, slots: 1 }
  }

  /** Enough to have touched every page. */
  #short() {
    return { promptTokens: 32, outputTokens: 8, concurrency: 1, requests: 1 }
  }
}

type RatioValue = Parameters<typeof observe>[0]['value']

const bytes = (value: number): string => formatQuantity(value, 'bytes')
const ms = (value: number): string => formatQuantity(value, 'ms')
