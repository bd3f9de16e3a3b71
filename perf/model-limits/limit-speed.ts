import { availableParallelism } from 'node:os'
import {
  absent,
  type Bench,
  benchFigures,
  type ChosenModel,
  formatQuantity,
  type Lab,
  type Measured,
  measured,
  modelMemory,
  type Observation,
  observe,
} from '../../helpers/index.ts'
import { ttftsMs } from '../../helpers/lab/index.ts'
import { bisect } from '../../helpers/limits/index.ts'
import { minimumSamplesFor, quantile } from '../../helpers/statistics/index.ts'
import { type LimitPlan, plannedName } from './limit-plan.ts'

const SPEC = '000.limit-discovery'
const medianFrom = minimumSamplesFor(0.5)
const p95From = minimumSamplesFor(0.95)

export interface SustainedLoad {
  concurrency: Observation<'count'>
  rate: Observation<'tokens/s'>
  cpuBusy: Observation<'ratio'>
}

interface Look {
  bench: Bench
  ttftMs: number
  words: string
  cpuShare: Measured
}

/** The most requests at once with which a model's first token still comes in time. */
export async function sustainedLoad(lab: Lab, plan: LimitPlan, model: ChosenModel): Promise<SustainedLoad> {
  const name = plannedName(model)
  const { scale } = model
  const limitMs = plan.ttftLimitMs / scale
  const looks = new Map<number, Look>()
  await lab.load(model, { contextTokens: plan.contextTokens, slots: plan.mostConcurrent })
  const end = await bisect({
    low: 1,
    high: plan.mostConcurrent,
    guess: 2,
    holds: async concurrency => {
      const look = await lookAt(lab, plan, model, concurrency)
      looks.set(concurrency, look)
      return look.bench.failed.length === 0 && look.ttftMs <= limitMs
    },
  })
  await lab.unload(model.name)
  const about = { title: `requests of ${model.name} at once, first token in time`, unit: 'count', scale } as const
  const best = end.state === 'none holds' ? undefined : end.largest
  const look = best === undefined ? undefined : looks.get(best)
  const none = absent(`not even one request has its first token within ${ms(limitMs)}`)
  const shared = { spoiledBy: look?.bench.disturbance ?? null, n: look?.bench.completed.length ?? 0, scale }
  const beyond = end.state === 'found' ? looks.get(end.first) : undefined
  const details = [
    ...(look ? [`${look.words} of ${ms(limitMs)}`] : []),
    ...(beyond ? [`${end.state === 'found' ? end.first : ''} at once: ${beyond.words}`] : []),
    ...(end.state === 'all hold' ? ['no more were tried'] : []),
  ]
  return {
    concurrency: observe({ ...about, ...shared, id: `${SPEC}.concurrency.${name}`, value: best ?? none, details }),
    rate: observe({
      ...shared,
      id: `${SPEC}.concurrent-rate.${name}`,
      title: `tokens a second of all of them`,
      unit: 'tokens/s',
      value: look ? benchFigures(look.bench).totalRate.value : none,
    }),
    cpuBusy: observe({
      ...shared,
      id: `${SPEC}.cpu-busy`,
      title: `share of the machine's CPU that the engine took meanwhile`,
      unit: 'ratio',
      value: look ? look.cpuShare : none,
      details: [
        `${availableParallelism()} cores`,
        ...lab.engine.identity.arguments.filter(word => word.includes('threads')),
      ],
    }),
  }
}

async function lookAt(lab: Lab, plan: LimitPlan, model: ChosenModel, concurrency: number): Promise<Look> {
  const { promptTokens, outputTokens } = plan
  const requests = Math.max(plan.requests, medianFrom, 2 * concurrency)
  const before = await lab.reading()
  const bench = await lab.bench(model, { promptTokens, outputTokens, concurrency, requests })
  const after = await lab.reading()
  const ttfts = ttftsMs(bench)
  const isTail = ttfts.length >= p95From
  const ttftMs = ttfts.length === 0 ? Number.POSITIVE_INFINITY : quantile(ttfts, isTail ? 0.95 : 0.5)
  const words = `${isTail ? 'p95' : 'median'} TTFT ${ms(ttftMs)}`
  const [from, to] = [before.metrics.engineCpuMs, after.metrics.engineCpuMs]
  const capacityMs = (after.atMs - before.atMs) * availableParallelism()
  const cpuShare =
    from.state === 'absent' ? from : to.state === 'absent' ? to : measured((to.value - from.value) / capacityMs)
  return { bench, ttftMs, words, cpuShare }
}

/** Speed and memory of one size of model. */
export interface SizedModel {
  model: ChosenModel
  name: string
  scale: number
  decodeRate: Observation<'tokens/s'>
  ttft: Observation<'ms'>
  memory: Observation<'bytes'>
}

/** One request at a time. */
export async function speedOf(lab: Lab, plan: LimitPlan, model: ChosenModel): Promise<SizedModel> {
  const name = plannedName(model)
  const { promptTokens, outputTokens, contextTokens } = plan
  await lab.load(model, { contextTokens, slots: 1 })
  const bench = await lab.bench(model, { promptTokens, outputTokens, concurrency: 1, requests: medianFrom })
  const memory = await modelMemory(lab.engine, model.name)
  await lab.unload(model.name)
  const { decodeRate, ttftMs } = benchFigures(bench)
  const shared = { scale: model.scale, spoiledBy: bench.disturbance } as const
  const about = { ...shared, title: `${model.name}, one request at a time` }
  return {
    model,
    name,
    scale: model.scale,
    decodeRate: observe({
      ...about,
      ...decodeRate,
      id: `${SPEC}.decode-rate.${name}`,
      unit: 'tokens/s',
    }),
    ttft: observe({ ...about, ...ttftMs, id: `${SPEC}.ttft.${name}`, unit: 'ms' }),
    memory: observe({
      scale: model.scale,
      title: `memory of ${model.name}`,
      id: `${SPEC}.memory.${name}`,
      unit: 'bytes',
      value: memory.state === 'absent' ? memory : memory.value.pssBytes,
    }),
  }
}

/**
 * The best trade-off of speed against size: the largest model that answers as fast as people read, else the fastest. A
 * scaled model's rate stands for the whole one's: what a token costs grows with the parameters.
 */
export function bestTradeOff(models: readonly SizedModel[], { readingRate }: LimitPlan): Observation<'tokens/s'> {
  const about = {
    id: `${SPEC}.trade-off`,
    title: 'speed of the best trade-off against size',
    unit: 'tokens/s',
  } as const
  const rated = models.flatMap(model => {
    const { measured: rate } = model.decodeRate
    return rate.state === 'measured' ? [{ ...model, rate: rate.value, wholeRate: rate.value.value / model.scale }] : []
  })
  const best =
    rated.findLast(({ wholeRate }) => wholeRate >= readingRate) ??
    rated.toSorted((a, b) => b.wholeRate - a.wholeRate)[0]
  if (best === undefined) return observe({ ...about, value: absent('no model answered') })
  const show = (value: number) => formatQuantity(value, 'tokens/s')
  const others = rated.map(({ name, wholeRate }) => `${name} ${show(wholeRate)}`).join(', ')
  return observe({
    ...about,
    value: best.rate,
    n: rated.length,
    scale: best.scale,
    spoiledBy: best.decodeRate.spoiledBy,
    details: [
      `${best.name}: the largest of ${rated.length} with ${show(readingRate)} or more${best.scale === 1 ? '' : ' as a whole model'}`,
      `${best.scale === 1 ? '' : 'whole: '}${others}`,
    ],
  })
}

const ms = (value: number): string => formatQuantity(value, 'ms')
