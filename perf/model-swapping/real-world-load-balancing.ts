import { availableParallelism } from 'node:os'
import {
  type Lab,
  type Measured,
  type MeasuredTable,
  measured,
  type Observation,
  observe,
} from '../../helpers/index.ts'
import { disturbanceBetween } from '../../helpers/sampling/index.ts'
import { Balancer, unevenness, type WorkMeter, workBetween, workMeter } from '../../helpers/serving/index.ts'
import { relativeRange, type TimedChunk } from '../../helpers/statistics/index.ts'
import { disturbanceInWords } from '../../helpers/verdicts/index.ts'
import { have, type Models, type RealWorldPlan, SPEC, tooFew } from './real-world-study.ts'
import { Asker } from './swap-asker.ts'

export interface BalanceFound {
  failures: Observation<'count'>
  /** (max − min) / max of what the instances did, as they tell it themselves. */
  unevenness: Observation<'ratio'>
}

interface Spread {
  failed: number
  /** What each instance did, by its name. */
  done: Map<string, number>
  unit: WorkMeter['unit']
  /** When each instance ended its requests, by its name; from the start of the load. */
  endsMs: Map<string, number[]>
  /** What the host did meanwhile, in words; null when nothing worth naming happened. */
  disturbance: string | null
}

/** Plan 003, test 8: one model in several instances, requests to the one with the fewest under way. */
export async function measureBalance(lab: Lab, plan: RealWorldPlan, models: Models): Promise<BalanceFound> {
  const { instances } = models
  const spread = tooFew(instances, 2) ?? (await balance(lab, plan, models))
  const about = {
    n: spread.state === 'measured' ? plan.balancedRequests : 0,
    scale: instances[0]?.scale ?? 1,
    data: `${plan.balancedRequests} requests to ${instances.length} instances of ${plan.small}`,
  }
  const found = {
    failures: observe({
      ...about,
      id: `${SPEC}.balanced-failed`,
      title: 'failed requests of the load that is spread over instances',
      unit: 'count',
      value: spread.state === 'absent' ? spread : spread.value.failed,
    }),
    unevenness: observe({
      ...about,
      id: `${SPEC}.balance-unevenness`,
      title: 'unevenness of the work of the instances',
      unit: 'ratio',
      value: spread.state === 'absent' ? spread : estimateOf(spread.value),
      // Whoever is slowed down gets less, as it should.
      spoiledBy: spread.state === 'absent' ? null : spread.value.disturbance,
      details: spread.state === 'absent' ? [] : [`(max − min) / max by ${sources[spread.value.unit]}`],
    }),
  } as const
  await lab.note(...Object.values(found), ...(spread.state === 'measured' ? [tableOf(spread.value, plan)] : []))
  return found
}

const sources = {
  tokens: "each instance's own token counter",
  'CPU ticks': "the CPU time of each instance's process: the engine counts no tokens",
} as const

/** Requests of a slice: some slices an instance, so that the noise between them is known. */
const SLICE = 4

/** As the instances tell it, with the interval that their unlike times for like requests leave open. */
function estimateOf({ done, endsMs }: Spread) {
  const value = unevenness([...done.values()])
  const groups = [...endsMs.values()].map(slices)
  if (groups.some(({ length }) => length < 2)) return { value, interval: null }
  const { interval } = relativeRange(groups)
  return { value, interval: interval && ([Math.min(value, interval[0]), Math.max(value, interval[1])] as const) }
}

function slices(endsMs: readonly number[]): TimedChunk[] {
  const chunks: TimedChunk[] = []
  for (let at = 0; at + SLICE <= endsMs.length; at += SLICE) {
    const fromMs = at === 0 ? 0 : (endsMs[at - 1] ?? 0)
    chunks.push({ requests: SLICE, seconds: ((endsMs[at + SLICE - 1] ?? 0) - fromMs) / 1000 })
  }
  return chunks
}

async function balance(lab: Lab, plan: RealWorldPlan, models: Models): Promise<Measured<Spread>> {
  const { instances } = models
  await have(lab, instances, models, plan)
  const instanceNames = instances.map(({ name }) => name)
  const meter = await workMeter(lab.engine, instanceNames)
  if (meter.state === 'absent') return meter
  const askers = new Map<string, Asker>()
  for (const model of instances) {
    const asker = await Asker.of(lab, model, plan)
    // The first answer of an instance is slower than those that follow, and would be spread as if it were not.
    await asker.ask()
    askers.set(model.name, asker)
  }
  const [before, start] = [await meter.value.read(), await lab.reading()]
  const balancer = new Balancer(instanceNames)
  let left = plan.balancedRequests
  let failed = 0
  const startedAt = performance.now()
  const endsMs = new Map(instanceNames.map(name => [name, [] as number[]]))
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const record = await balancer.send(async instance => {
        const answer = await askers.get(instance)?.ask()
        endsMs.get(instance)?.push(performance.now() - startedAt)
        return answer
      })
      if (record?.state !== 'completed') failed++
    }
  }
  await Promise.all(Array.from({ length: instances.length * plan.slots }, client))
  const done = workBetween(before, await meter.value.read())
  if (done.state === 'absent') return done
  const disturbance = disturbanceInWords(disturbanceBetween(start, await lab.reading(), availableParallelism()))
  return measured({ failed, done: done.value, unit: meter.value.unit, endsMs, disturbance })
}

function tableOf({ done, unit }: Spread, plan: RealWorldPlan): MeasuredTable {
  const total = [...done.values()].reduce((sum, value) => sum + value, 0)
  return {
    id: `${SPEC}.balance`,
    title: `${plan.balancedRequests} requests over ${done.size} instances of ${plan.small}`,
    columns: ['instance', unit, 'share'],
    rows: [...done].map(([name, value]) => [name, String(value), `${((100 * value) / total).toFixed(1)} %`]),
    notes: [`by ${sources[unit]}`],
  }
}
