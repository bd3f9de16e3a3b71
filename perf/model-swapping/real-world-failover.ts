import { type ChosenModel, type Lab, type Measured, type Observation, observe } from '../../helpers/index.ts'
import { type FailoverAccount, measureFailover } from '../../helpers/serving/index.ts'
import { distinct, have, type Models, type RealWorldPlan, SPEC, tooFew } from './real-world-study.ts'
import { Asker } from './swap-asker.ts'

export interface FailoverFound {
  /** Answers of the model after its process had been killed. */
  answersAfterwards: Observation<'count'>
  recoveryTime: Observation<'ms'>
  /** Failed requests to it that were not under way when it died. */
  otherFailures: Observation<'count'>
  /** Failed requests to other models. */
  failuresElsewhere: Observation<'count'>
}

/** A model that has not answered again by then has not recovered; loading a whole one takes its time. */
const LIMIT_MS = 10 * 60_000

/** Plan 003, test 9: the process of one model is killed while it and others answer. */
export async function measureDeath(lab: Lab, plan: RealWorldPlan, models: Models): Promise<FailoverFound> {
  const { instances, medium } = models
  // Copies of one model are there already, after the load was spread over them.
  const several = distinct([...instances, medium]).slice(0, Math.max(2, instances.length))
  const [victim, ...others] = several
  const few = tooFew(several, 2)
  const account = few ?? (victim ? await kill(lab, plan, models, victim, others) : null)
  const about = { scale: victim?.scale ?? 1 }
  const number = (of: (account: FailoverAccount) => number): Measured | number =>
    account === null ? Number.NaN : account.state === 'absent' ? account : of(account.value)
  const seen = account?.state === 'measured' ? account.value : null
  const wrong = seen?.firstOtherFailure ? [seen.firstOtherFailure] : []
  const found = {
    answersAfterwards: observe({
      ...about,
      id: `${SPEC}.failover-answers`,
      title: 'answers of a model after its process was killed and it was loaded again',
      unit: 'count',
      value: number(({ answeredAfterwards }) => answeredAfterwards),
      details: seen?.recoveryMs.state === 'absent' ? [seen.recoveryMs.reason] : [],
    }),
    recoveryTime: observe({
      ...about,
      id: `${SPEC}.failover-recovery-time`,
      title: 'time from the kill of a model’s process to its next answer',
      unit: 'ms',
      value: account === null || account.state === 'measured' ? (seen?.recoveryMs ?? Number.NaN) : account,
      details: seen ? [`${seen.lost} of ${seen.inFlight} requests in flight were lost`] : [],
    }),
    otherFailures: observe({
      ...about,
      id: `${SPEC}.failover-other-failures`,
      title: 'failed requests to the killed model that were not in flight at its death',
      unit: 'count',
      value: number(({ failedOtherwise }) => failedOtherwise),
      details: seen ? [`${seen.lost} of ${seen.inFlight} requests in flight were lost`, ...wrong] : [],
    }),
    failuresElsewhere: observe({
      ...about,
      id: `${SPEC}.failover-failures-elsewhere`,
      title: 'failed requests to the other models',
      unit: 'count',
      value: number(({ failedElsewhere }) => failedElsewhere),
      n: seen?.elsewhere ?? 0,
      data: `${seen?.elsewhere ?? 0} requests to other models`,
      details: wrong,
    }),
  } as const
  const lost = observe({
    ...about,
    id: `${SPEC}.failover-lost`,
    title: 'requests in flight that were lost with the process of their model',
    unit: 'count',
    value: number(({ lost }) => lost),
    n: seen?.inFlight ?? 0,
  })
  await lab.note(...Object.values(found), lost)
  return found
}

async function kill(
  lab: Lab,
  plan: RealWorldPlan,
  models: Models,
  victim: ChosenModel,
  others: readonly ChosenModel[],
): Promise<Measured<FailoverAccount>> {
  await have(lab, [victim, ...others], models, plan)
  const askers = new Map<string, Asker>()
  for (const model of [victim, ...others]) askers.set(model.name, await Asker.of(lab, model, plan))
  const { contextTokens, slots } = plan
  return await measureFailover({
    engine: lab.engine,
    victim: victim.name,
    bystanders: others.map(({ name }) => name),
    concurrency: slots,
    answers: plan.answersAroundDeath,
    ask: async name => {
      const asker = askers.get(name)
      if (asker === undefined) throw new TypeError(`${name} is not one of the models that are asked`)
      return await asker.ask()
    },
    reload: () => lab.load(victim, { contextTokens, slots }),
    limitMs: LIMIT_MS,
  })
}
