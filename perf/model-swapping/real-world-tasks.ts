import {
  type Bench,
  type ChosenModel,
  type Lab,
  type Measured,
  type Observation,
  observe,
} from '../../helpers/index.ts'
import { type WorkMeter, workBetween, workMeter } from '../../helpers/serving/index.ts'
import { distinct, have, type Models, names, type RealWorldPlan, SPEC, tooFew } from './real-world-study.ts'

export interface TasksFound {
  failures: Observation<'count'>
  /** What the models did beyond, or short of, their own requests; by what the models themselves tell. */
  misdirected: Observation<'count'>
}

/** In CPU time a model that idles does something too: up to so much of the work of the one that was asked. */
const IDLE_SHARE = 0.1

/** Plan 003, test 7: several tasks, each on a model of its own. */
export async function measureTasks(lab: Lab, plan: RealWorldPlan, models: Models): Promise<TasksFound> {
  const { instances, medium } = models
  const asked = distinct([medium, ...instances.slice(0, 2)])
  const missing = tooFew(asked, 2)
  const found = missing?.state === 'absent' ? nothing(missing) : await ask(lab, plan, asked, models)
  const { scale } = medium
  const result = {
    failures: observe({
      id: `${SPEC}.tasks-failed`,
      title: 'failed requests of several tasks on several models',
      unit: 'count',
      value: found.failures,
      n: found.requests,
      scale,
      data: `${found.requests} requests to ${names(asked)}`,
    }),
    misdirected: observe({
      id: `${SPEC}.tasks-misdirected`,
      title: found.title,
      unit: 'count',
      value: found.misdirected,
      n: found.requests,
      scale,
      data: `${found.requests} requests to ${names(asked)}`,
      details: found.details,
    }),
  }
  await lab.note(...Object.values(result))
  return result
}

interface Answers {
  requests: number
  failures: Measured | number
  title: string
  misdirected: Measured | number
  details: string[]
}

const nothing = (why: Measured<never> & { state: 'absent' }): Answers => ({
  requests: 0,
  failures: why,
  title: 'answers of another model than the one asked for',
  misdirected: why,
  details: [],
})

async function ask(lab: Lab, plan: RealWorldPlan, asked: readonly ChosenModel[], models: Models): Promise<Answers> {
  await have(lab, asked, models, plan)
  const meter = await workMeter(
    lab.engine,
    asked.map(({ name }) => name),
  )
  const bench = (model: ChosenModel): Promise<Bench> =>
    lab.bench(model, {
      promptTokens: plan.promptTokens,
      outputTokens: plan.outputTokens,
      concurrency: plan.slots,
      requests: plan.requestsPerTask,
      warmUp: false,
    })
  if (meter.state === 'measured' && meter.value.unit === 'CPU ticks') return await inTurn(meter.value, asked, bench)
  const before = meter.state === 'measured' ? await meter.value.read() : new Map<string, Measured>()
  const benches = await Promise.all(asked.map(bench))
  const done = meter.state === 'measured' ? workBetween(before, await meter.value.read()) : meter
  return {
    ...counted(benches),
    title: "tokens that the models' own counters have too many or too few",
    misdirected: done.state === 'absent' ? done : miscounted(benches, done.value),
    details: ['all models at the same time'],
  }
}

/** Between what the models' counters say and the answers that their own requests got. */
function miscounted(benches: readonly Bench[], done: ReadonlyMap<string, number>): number {
  let tokens = 0
  for (const { model, completed } of benches) {
    const own = completed.reduce((sum, { completionTokens }) => sum + completionTokens, 0)
    tokens += Math.abs((done.get(model) ?? 0) - own)
  }
  return tokens
}

/** Nothing is counted: one model is asked after the other, and its process alone may work. */
async function inTurn(
  meter: WorkMeter,
  asked: readonly ChosenModel[],
  bench: (model: ChosenModel) => Promise<Bench>,
): Promise<Answers> {
  const benches: Bench[] = []
  let wrong = 0
  for (const model of asked) {
    const before = await meter.read()
    benches.push(await bench(model))
    const done = workBetween(before, await meter.read())
    if (done.state === 'absent') return { ...counted(benches), ...nothing(done) }
    const own = done.value.get(model.name) ?? 0
    const others = [...done.value].filter(([name]) => name !== model.name).map(([, ticks]) => ticks)
    if (Math.max(...others) > IDLE_SHARE * own) wrong++
  }
  return {
    ...counted(benches),
    title: 'turns in which another model than the one asked worked',
    misdirected: wrong,
    details: [`by the CPU time of the models' processes, ${asked.length} turns: the engine counts no tokens`],
  }
}

const counted = (benches: readonly Bench[]) => ({
  requests: benches.reduce((sum, { completed, failed }) => sum + completed.length + failed.length, 0),
  failures: benches.reduce((sum, { failed }) => sum + failed.length, 0),
})
