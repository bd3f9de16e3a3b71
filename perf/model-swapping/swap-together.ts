import { availableParallelism } from 'node:os'
import { PerfError } from '../../helpers/errors.ts'
import { absent, type ChosenModel, type Lab, type Observation, observe, ratioInterval } from '../../helpers/index.ts'
import { disturbanceBetween } from '../../helpers/sampling/index.ts'
import { median } from '../../helpers/statistics/index.ts'
import { disturbanceInWords } from '../../helpers/verdicts/index.ts'
import { Asker } from './swap-asker.ts'

export interface TogetherPlan {
  model: string
  /** Instances that are loaded at the same time. */
  together: number
  /** From five on the ratio has an interval. */
  rounds: number
  contextTokens: number
  promptTokens: number
  outputTokens: number
}

export interface TogetherStudy {
  /** Models that were loaded and answered when all were loaded at once: the fewest of all rounds. */
  loaded: Observation<'count'>
  /** Time of the loads one after the other, as a multiple of their time at once. */
  speedUp: Observation<'factor'>
}

interface Round {
  oneByOneMs: number
  atOnceMs: number
  /** Of the loads at once, each as the engine's adapter tells it, added up. */
  addedUpMs: number
  answered: number
  failures: string[]
}

const SPEC = '003.swap-performance'

/** The same models, loaded one after the other and all at once, in turns. */
export async function measureLoadsTogether(lab: Lab, plan: TogetherPlan): Promise<TogetherStudy> {
  const models: ChosenModel[] = []
  for (let instance = 1; instance <= plan.together; instance++)
    models.push(await lab.choose({ model: plan.model, role: 'small', instance }))
  const size = { contextTokens: plan.contextTokens, slots: 1 }
  // Files are written, and copies made, before the first round.
  const askers = new Map<string, Asker>()
  for (const model of models) {
    await lab.load(model, size)
    askers.set(model.name, await Asker.of(lab, model, plan))
  }
  const unloadAll = async () => {
    for (const { name } of models) await lab.unload(name)
  }
  await unloadAll()
  const rounds: Round[] = []
  const before = await lab.reading()
  for (let round = 0; round < plan.rounds; round++) {
    const fromMs = performance.now()
    for (const model of models) await lab.load(model, size)
    const oneByOneMs = performance.now() - fromMs
    await unloadAll()
    rounds.push({ oneByOneMs, ...(await atOnce()) })
    await unloadAll()
  }
  const after = await lab.reading()
  const disturbance = disturbanceInWords(disturbanceBetween(before, after, availableParallelism()))
  const study = report(rounds, plan, models[0]?.scale ?? 1, disturbance)
  await lab.note(...Object.values(study))
  return study

  async function atOnce(): Promise<Omit<Round, 'oneByOneMs'>> {
    const fromMs = performance.now()
    const loads = await Promise.allSettled(models.map(model => lab.load(model, size)))
    const atOnceMs = performance.now() - fromMs
    const broken = loads.find(load => load.status === 'rejected' && !(load.reason instanceof PerfError))
    if (broken?.status === 'rejected') throw broken.reason
    const there = models.filter((_, index) => loads[index]?.status === 'fulfilled')
    const answers = await Promise.all(there.map(({ name }) => askers.get(name)?.ask()))
    return {
      atOnceMs,
      addedUpMs: loads.reduce((sum, load) => sum + (load.status === 'fulfilled' ? load.value.loadMs : 0), 0),
      answered: answers.filter(answer => answer?.state === 'completed').length,
      failures: loads.flatMap(load =>
        load.status === 'rejected' ? [String(load.reason.message).split('\n')[0] ?? ''] : [],
      ),
    }
  }
}

function report(
  rounds: readonly Round[],
  { model, together }: TogetherPlan,
  scale: number,
  spoiledBy: string | null,
): TogetherStudy {
  const failures = [...new Set(rounds.flatMap(({ failures }) => failures))]
  const whole = rounds.filter(({ failures }) => failures.length === 0)
  const oneByOne = whole.map(({ oneByOneMs }) => oneByOneMs)
  const atOnce = whole.map(({ atOnceMs }) => atOnceMs)
  const addedUp = whole.map(({ addedUpMs }) => addedUpMs)
  return {
    loaded: observe({
      id: `${SPEC}.loaded-at-once.${model}`,
      title: `${model} instances that answer after being loaded at the same time`,
      unit: 'count',
      value: Math.min(...rounds.map(({ answered }) => answered)),
      n: rounds.length,
      data: `${rounds.length} rounds`,
      details: failures,
      scale,
    }),
    speedUp: observe({
      id: `${SPEC}.concurrent-speed-up.${model}`,
      title: `time of ${together} loads one after the other against all at once`,
      unit: 'factor',
      value:
        whole.length === 0
          ? absent(`in no round all ${together} models were loaded: ${failures.join('; ')}`)
          : { value: median(oneByOne) / median(atOnce), interval: ratioInterval(atOnce, oneByOne) },
      n: whole.length,
      data: `${whole.length} rounds`,
      details:
        whole.length === 0
          ? []
          : [
              `${median(oneByOne).toFixed(0)} ms one after the other, ${median(atOnce).toFixed(0)} ms at once`,
              // The sum tells whether they waited for each other: then it is the time of all, where the engine leaves waiting out.
              `those at once add up to ${median(addedUp).toFixed(0)} ms by the engine's own times`,
            ],
      spoiledBy,
      scale,
    }),
  }
}
