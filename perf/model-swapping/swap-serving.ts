import {
  type Bench,
  type ChosenModel,
  formatQuantity,
  type Lab,
  measured,
  type Observation,
  observe,
} from '../../helpers/index.ts'
import { type InterTokenLatency, interTokenLatency } from '../../helpers/lab/index.ts'
import { quantile } from '../../helpers/statistics/index.ts'

export interface ServingPlan {
  /** Answers all the time. */
  serving: string
  /** Is loaded and unloaded meanwhile. */
  swapped: string
  /** Requests to the one that answers, at the same time. */
  streams: number
  /** Of each part, quiet and swapping, which take turns. */
  requests: number
  turns: number
  contextTokens: number
  promptTokens: number
  outputTokens: number
}

export interface ServingStudy {
  /** Requests that failed while another model was swapped. */
  failed: Observation<'count'>
  /** Time between tokens while another model is swapped, as a multiple of the quiet one. */
  latencyRatio: Observation<'factor'>
}

const SPEC = '003.swap-performance'

/** One model under steady load: for a while alone, for a while beside another one that comes and goes, in turns. */
export async function measureSwapWhileServing(lab: Lab, plan: ServingPlan): Promise<ServingStudy> {
  const serving = await lab.choose({ model: plan.serving, role: 'small' })
  const swapped = await lab.choose({ model: plan.swapped, role: 'large' })
  const size = { contextTokens: plan.contextTokens, slots: plan.streams }
  const { promptTokens, outputTokens, requests } = plan
  const load = { promptTokens, outputTokens, requests, concurrency: plan.streams }
  // Both once, so that files and copies are there.
  for (const model of [swapped, serving]) await lab.load(model, size)
  await lab.unload(swapped.name)
  const quiet: Bench[] = []
  const busy: Bench[] = []
  const swaps: Swap[] = []
  for (let turn = 0; turn < plan.turns; turn++) {
    quiet.push(await lab.bench(serving, load))
    busy.push(await meanwhile(lab.bench(serving, load), () => swap(lab, swapped, size), swaps))
  }
  const study = report({ quiet, busy, swaps, swapped: swapped.name, scale: serving.scale }, plan)
  await lab.note(...Object.values(study))
  return study
}

interface Swap {
  loadMs: number
  unloadMs: number
}

async function swap(lab: Lab, model: ChosenModel, size: { contextTokens: number; slots: number }): Promise<Swap> {
  const { loadMs } = await lab.load(model, size)
  const { unloadMs } = await lab.unload(model.name)
  return { loadMs, unloadMs }
}

/** Repeats something until the work is done, and lets it end; nothing goes on when this has resolved or thrown. */
async function meanwhile<T, R>(work: Promise<T>, repeat: () => Promise<R>, results: R[]): Promise<T> {
  let isDone = false
  const worked = work.finally(() => {
    isDone = true
  })
  const repeated = (async () => {
    while (!isDone) results.push(await repeat())
  })()
  await Promise.allSettled([worked, repeated])
  await repeated
  return await worked
}

interface Sightings {
  quiet: readonly Bench[]
  busy: readonly Bench[]
  swaps: readonly Swap[]
  swapped: string
  scale: number
}

function report(
  { quiet, busy, swaps, swapped, scale }: Sightings,
  plan: ServingPlan,
): Record<string, Observation> & ServingStudy {
  const completed = (benches: readonly Bench[]) => benches.flatMap(bench => bench.completed)
  const failed = busy.flatMap(bench => bench.failed)
  const found = interTokenLatency(completed(quiet), completed(busy))
  const latency = found.state === 'measured' ? found.value : null
  const of = <T>(take: (latency: InterTokenLatency) => T) =>
    found.state === 'absent' ? found : measured(take(found.value))
  const sent = completed(busy).length + failed.length
  const { serving, streams } = plan
  const details = [
    `${swaps.length} × ${swapped} loaded and unloaded meanwhile`,
    `${streams} ${streams === 1 ? 'stream' : 'streams'}`,
  ]
  const spoiledBy = [...quiet, ...busy].map(({ disturbance }) => disturbance).find(cause => cause !== null) ?? null
  const about = { n: latency?.n ?? 0, data: `${latency?.n ?? 0} requests`, scale }
  const ms = (value: number) => formatQuantity(value, 'ms')
  return {
    failed: observe({
      id: `${SPEC}.serving-failed.${serving}`,
      title: `requests to ${serving} that fail while ${plan.swapped} is loaded and unloaded`,
      unit: 'count',
      value: failed.length,
      n: sent,
      data: `${sent} requests`,
      details: [...details, ...new Set(failed.map(({ failure, message }) => `${failure}: ${message}`))],
      scale,
    }),
    latencyRatio: observe({
      ...about,
      id: `${SPEC}.serving-itl-ratio.${serving}`,
      title: `inter-token latency of ${serving} while ${plan.swapped} is loaded and unloaded, of the quiet one`,
      unit: 'factor',
      value: of(({ ratio }) => ratio),
      details: latency
        ? [
            `${ms(latency.busyMs)} against ${ms(latency.quietMs)}`,
            `longest time without a token ${ms(latency.longestBusyMs)} against ${ms(latency.longestQuietMs)}`,
            ...details,
          ]
        : details,
      spoiledBy,
    }),
    quietLatency: observe({
      ...about,
      id: `${SPEC}.serving-itl-quiet.${serving}`,
      title: `inter-token latency of ${serving}`,
      unit: 'ms',
      value: of(({ quietMs }) => quietMs),
    }),
    busyLatency: observe({
      ...about,
      id: `${SPEC}.serving-itl-swapping.${serving}`,
      title: `inter-token latency of ${serving} while ${plan.swapped} is loaded and unloaded`,
      unit: 'ms',
      value: of(({ busyMs }) => busyMs),
      details,
    }),
    longestGap: observe({
      ...about,
      id: `${SPEC}.serving-longest-gap.${serving}`,
      title: `longest time without a token of ${serving} while ${plan.swapped} is loaded and unloaded`,
      unit: 'ms',
      value: of(({ longestBusyMs }) => longestBusyMs),
    }),
    swaps: observe({
      id: `${SPEC}.swaps-while-serving.${plan.swapped}`,
      title: `loads of ${plan.swapped} while ${serving} answers`,
      unit: 'count',
      value: swaps.length,
      details:
        swaps.length === 0
          ? []
          : [
              `load time ${ms(
                quantile(
                  swaps.map(({ loadMs }) => loadMs),
                  0.5,
                ),
              )}, beside the answers`,
            ],
      scale,
    }),
  }
}
