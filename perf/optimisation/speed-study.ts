import type { ChosenModel, Lab, Measured, Observation } from '../../helpers/index.ts'
import { absent, formatQuantity, measured, observe } from '../../helpers/index.ts'
import {
  type Bench,
  type BenchPlan,
  benchFigures,
  type Load,
  ratioOfMedians,
  tpotsMs,
  ttftsMs,
  whyNoSwapping,
} from '../../helpers/lab/index.ts'
import { dropFromPageCache, readIntoPageCache } from '../../helpers/page-cache/index.ts'
import { ratioOfEstimates } from '../../helpers/statistics/index.ts'

const SPEC = '000.speed'

export interface SpeedPlan {
  /** Loaded cold and warm, and while the other one answers. */
  loaded: string
  /** Answers. */
  answering: string
  /** Of each kind. */
  loads: number
  /** The same requests, one after the other and so many at once. */
  batching: { promptTokens: number; outputTokens: number; requests: number; concurrency: number }
  /** Of `promptTokens`, so many are the same in all requests. */
  prefix: { promptTokens: number; sharedPrefixTokens: number; outputTokens: number; requests: number }
}

export interface SpeedStudy {
  coldLoad: Observation<'ms'>
  warmLoad: Observation<'ms'>
  loadWhileAnswering: Observation<'ms'>
  /** The other model's time per token, as a multiple of the quiet case. */
  tpotWhileLoading: Observation<'factor'>
  batchingGain: Observation<'factor'>
  prefixCacheGain: Observation<'factor'>
  cachedShare: Observation<'ratio'>
}

export async function measureSpeed(lab: Lab, plan: SpeedPlan): Promise<SpeedStudy> {
  const study = new SpeedMeasurement(lab, plan)
  const answering = await lab.choose({ model: plan.answering, role: 'small' })
  const loaded = await lab.find({ model: plan.loaded, role: 'medium' })
  const refused =
    whyNoSwapping(lab.engine) ??
    (loaded.state === 'absent' ? loaded.reason : null) ??
    (loaded.state === 'measured' && loaded.value.name === answering.name
      ? `${answering.name} is the only model that there is`
      : null)
  const loads =
    loaded.state === 'measured' && refused === null
      ? { ...(await study.loads(loaded.value)), ...(await study.loadWhileAnswering(loaded.value, answering)) }
      : withoutLoads(refused ?? '')
  await lab.load(answering, study.size)
  const found = { ...loads, ...(await study.batching(answering)), ...(await study.prefixCache(answering)) }
  await lab.note(...Object.values(found))
  return found
}

class SpeedMeasurement {
  readonly #lab: Lab
  readonly #plan: SpeedPlan

  constructor(lab: Lab, plan: SpeedPlan) {
    this.#lab = lab
    this.#plan = plan
  }

  get size(): { contextTokens: number; slots: number } {
    const { batching, prefix } = this.#plan
    const longest = Math.max(batching.promptTokens + batching.outputTokens, prefix.promptTokens + prefix.outputTokens)
    return { contextTokens: 256 * Math.ceil((longest + 64) / 256), slots: batching.concurrency }
  }

  async loads(model: ChosenModel): Promise<Pick<SpeedStudy, 'coldLoad' | 'warmLoad'>> {
    const cold = await this.#coldLoads(model)
    const warm = await this.#warmLoads(model)
    return { coldLoad: this.#slowest('cold', model, cold), warmLoad: this.#slowest('warm', model, measured(warm)) }
  }

  /** Loads the one while the other answers, and holds that against the other's answers in quiet. */
  async loadWhileAnswering(
    model: ChosenModel,
    other: ChosenModel,
  ): Promise<Pick<SpeedStudy, 'loadWhileAnswering' | 'tpotWhileLoading'>> {
    await this.#lab.load(other, this.size)
    const { promptTokens, outputTokens, requests } = this.#plan.batching
    const alone: BenchPlan = { promptTokens, outputTokens, concurrency: 1, requests }
    const quiet = await this.#lab.bench(other, alone)
    const benches: Bench[] = []
    let isLoaded = false
    const startMs = performance.now()
    const load = this.#lab.load(model, this.size).finally(() => {
      isLoaded = true
    })
    const ask = async (): Promise<void> => {
      while (!isLoaded) benches.push(await this.#lab.bench(other, { ...alone, requests: 2 }))
    }
    // The one that answers is waited for also when the load fails: a request that is sent later loads its model again.
    const [end, asked] = await Promise.allSettled([load, ask()])
    if (end.status === 'rejected') throw end.reason
    if (asked.status === 'rejected') throw asked.reason
    const loaded = end.value
    const wallMs = performance.now() - startMs
    await this.#lab.unload(model.name)
    await this.#lab.unload(other.name)
    const during = benches.flatMap(tpotsMs)
    const failed = benches.reduce((sum, bench) => sum + bench.failed.length, 0)
    const spoiledBy = quiet.disturbance ?? loaded.disturbance
    return {
      loadWhileAnswering: observe({
        id: `${SPEC}.load-time.while-answering`,
        title: `load time of ${model.name} while ${other.name} answers`,
        unit: 'ms',
        value: loaded.loadMs,
        details: [`${during.length} answers in ${formatQuantity(wallMs, 'ms')}, ${failed} failed`],
        scale: model.scale,
        spoiledBy,
      }),
      tpotWhileLoading: observe({
        id: `${SPEC}.tpot-while-loading`,
        title: `time per token of ${other.name} while ${model.name} is loaded, of that in quiet`,
        unit: 'factor',
        value: ratioOfMedians(tpotsMs(quiet), during),
        n: during.length,
        data: `${tpotsMs(quiet).length} quiet requests and ${during.length} during the load`,
        scale: other.scale,
        spoiledBy,
      }),
    }
  }

  /** For a model that is loaded. */
  async batching(model: ChosenModel): Promise<Pick<SpeedStudy, 'batchingGain'>> {
    const { concurrency, ...lengths } = this.#plan.batching
    const alone = await this.#lab.bench(model, { ...lengths, concurrency: 1 })
    const together = await this.#lab.bench(model, { ...lengths, concurrency })
    const [slow, fast] = [alone, together].map(bench => benchFigures(bench).totalRate.value)
    const rate = (value: typeof slow): string =>
      value?.state === 'measured' ? formatQuantity(value.value.value, 'tokens/s') : '–'
    return {
      batchingGain: observe({
        id: `${SPEC}.batching-gain`,
        title: `tokens per second with ${concurrency} requests at once, of those one after the other`,
        unit: 'factor',
        value:
          slow?.state === 'measured' && fast?.state === 'measured'
            ? measured(ratioOfEstimates(slow.value, fast.value))
            : absent(firstReason([slow, fast])),
        n: alone.completed.length + together.completed.length,
        data: `${lengths.requests} requests of each kind`,
        details: [`${rate(slow)} and ${rate(fast)}`],
        scale: model.scale,
        spoiledBy: alone.disturbance ?? together.disturbance,
      }),
    }
  }

  /** For a model that is loaded. The first of the requests that share a prefix brings it into the cache, and is left out. */
  async prefixCache(model: ChosenModel): Promise<Pick<SpeedStudy, 'prefixCacheGain' | 'cachedShare'>> {
    const { sharedPrefixTokens, ...lengths } = this.#plan.prefix
    const unique = await this.#lab.bench(model, { ...lengths, concurrency: 1 })
    const all = await this.#lab.bench(model, {
      ...lengths,
      sharedPrefixTokens,
      requests: lengths.requests + 1,
      concurrency: 1,
    })
    const shared = { ...all, completed: all.completed.toSorted((a, b) => a.sentAtMs - b.sentAtMs).slice(1) }
    const about = {
      scale: model.scale,
      n: shared.completed.length,
      data: `${unique.completed.length} unlike prompts and ${shared.completed.length} that share ${sharedPrefixTokens} of ${lengths.promptTokens} tokens`,
    }
    return {
      prefixCacheGain: observe({
        id: `${SPEC}.prefix-cache-gain`,
        title: 'TTFT of unlike prompts, of that with a shared prefix',
        unit: 'factor',
        value: ratioOfMedians(ttftsMs(shared), ttftsMs(unique)),
        ...about,
        spoiledBy: unique.disturbance ?? all.disturbance,
      }),
      cachedShare: observe({
        id: `${SPEC}.cached-share`,
        title: 'prompt tokens that came from the prefix cache',
        unit: 'ratio',
        value: cachedShare(shared),
        ...about,
      }),
    }
  }

  /** Nothing of the file in the page cache before; that it was read from a disk is what makes a load cold. */
  async #coldLoads(model: ChosenModel): Promise<Measured<Load[]>> {
    if (model.path === '')
      return absent('the engine has the file itself: what of it is in the page cache cannot be told')
    const loads: Load[] = []
    for (let i = 0; i < this.#plan.loads; i++) {
      const dropped = await dropFromPageCache(model.path)
      if (dropped.state === 'absent') return dropped
      const load = await this.#loadOnce(model)
      const { diskReadBytes: read } = load
      if (read.state === 'absent') return absent(`whether it was read from a disk cannot be told: ${read.reason}`)
      if (read.value < model.bytes / 2)
        return absent(
          `only ${formatQuantity(read.value, 'bytes')} of ${formatQuantity(model.bytes, 'bytes')} were read from a disk: ` +
            'the engine loads a copy of its own, or the disk is a memory',
        )
      loads.push(load)
    }
    return measured(loads)
  }

  async #warmLoads(model: ChosenModel): Promise<Load[]> {
    const loads: Load[] = []
    for (let i = 0; i < this.#plan.loads; i++) {
      if (model.path !== '') await readIntoPageCache(model.path)
      loads.push(await this.#loadOnce(model))
    }
    return loads
  }

  async #loadOnce(model: ChosenModel): Promise<Load> {
    const load = await this.#lab.load(model, this.size)
    await this.#lab.unload(model.name)
    return load
  }

  #slowest(kind: 'cold' | 'warm', model: ChosenModel, loads: Measured<Load[]>): Observation<'ms'> {
    const list = loads.state === 'measured' ? loads.value : []
    const times = list.map(({ loadMs }) => loadMs)
    return observe({
      id: `${SPEC}.load-time.${kind}`,
      title: `load time of ${model.name}, ${kind} page cache`,
      unit: 'ms',
      value: loads.state === 'absent' ? loads : Math.max(...times),
      n: times.length,
      data: `${times.length} loads`,
      details: times.length > 1 ? [`the slowest of ${times.map(ms => formatQuantity(ms, 'ms')).join(', ')}`] : [],
      spoiledBy: list.find(({ disturbance }) => disturbance !== null)?.disturbance ?? null,
      scale: model.scale,
    })
  }
}

const firstReason = (values: readonly (Measured<unknown> | undefined)[]): string =>
  values.flatMap(value => (value?.state === 'absent' ? [value.reason] : []))[0] ?? 'nothing was measured'

function cachedShare({ completed }: Bench): Measured {
  const told = completed.flatMap(({ cachedTokens }) => (cachedTokens === null ? [] : [cachedTokens]))
  if (completed.length === 0) return absent('no request completed')
  if (told.length < completed.length) return absent('the engine does not tell how many prompt tokens were cached')
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0)
  return measured(sum(told) / sum(completed.map(({ promptTokens }) => promptTokens)))
}

function withoutLoads(
  reason: string,
): Pick<SpeedStudy, 'coldLoad' | 'warmLoad' | 'loadWhileAnswering' | 'tpotWhileLoading'> {
  const missing = <U extends 'ms' | 'factor'>(what: string, title: string, unit: U): Observation<U> =>
    observe({ id: `${SPEC}.${what}`, title, unit, value: absent(reason) })
  return {
    coldLoad: missing('load-time.cold', 'load time, cold page cache', 'ms'),
    warmLoad: missing('load-time.warm', 'load time, warm page cache', 'ms'),
    loadWhileAnswering: missing('load-time.while-answering', 'load time while another model answers', 'ms'),
    tpotWhileLoading: missing('tpot-while-loading', 'time per token while another model is loaded', 'factor'),
  }
}
