import { setImmediate as nextTurn } from 'node:timers/promises'
import { absent, type ChosenModel, type Lab, type Measured } from '../../helpers/index.ts'
import { type FailoverFound, measureDeath } from './real-world-failover.ts'
import { type BalanceFound, measureBalance } from './real-world-load-balancing.ts'
import { measureStrategies, type StrategiesFound } from './real-world-strategies.ts'
import { measureTasks, type TasksFound } from './real-world-tasks.ts'

export const SPEC = '003.real-world-scenarios'

export interface RealWorldPlan {
  small: string
  medium: string
  large: string
  /** Small models beside the large one: together they are the budget of the pool. */
  smallInMix: number
  /** Instances of the small model; more than fit into the budget together with the others. */
  instances: number
  contextTokens: number
  /** Requests that the engine batches together, of each model. */
  slots: number
  promptTokens: number
  outputTokens: number
  trace: { requests: number; exponent: number; concurrency: number }
  requestsPerTask: number
  balancedRequests: number
  /** Of each model, before a process is killed and after it. */
  answersAroundDeath: number
}

export interface RealWorldStudy {
  strategies: StrategiesFound
  tasks: TasksFound
  balance: BalanceFound
  failover: FailoverFound
}

/** The models of a study; `instances` are copies of the small one, the first included. */
export interface Models {
  instances: ChosenModel[]
  medium: ChosenModel
  large: ChosenModel
}

/** `restart` puts a fresh engine in the place of one that died as a whole, for whoever comes after this study. */
export async function measureRealWorld(
  lab: Lab,
  plan: RealWorldPlan,
  restart: () => Promise<unknown>,
): Promise<RealWorldStudy> {
  const models = await chooseModels(lab, plan)
  const strategies = await measureStrategies(lab, plan, models)
  const tasks = await measureTasks(lab, plan, models)
  const balance = await measureBalance(lab, plan, models)
  const failover = await measureDeath(lab, plan, models)
  if (await hasDied(lab)) await restart()
  return { strategies, tasks, balance, failover }
}

async function chooseModels(lab: Lab, plan: RealWorldPlan): Promise<Models> {
  const instances: ChosenModel[] = []
  for (let instance = 1; instance <= plan.instances; instance++) {
    const model = await lab.choose({ model: plan.small, role: 'small', instance })
    // A real model is one model, however often it is asked for.
    if (instances.every(({ name }) => name !== model.name)) instances.push(model)
  }
  return {
    instances,
    medium: await lab.choose({ model: plan.medium, role: 'medium' }),
    large: await lab.choose({ model: plan.large, role: 'large' }),
  }
}

/** Those with a name of their own. */
export const distinct = (models: readonly ChosenModel[]): ChosenModel[] => [
  ...new Map(models.map(model => [model.name, model])).values(),
]

/** Loads these models and no others of the study. */
export async function have(lab: Lab, wanted: readonly ChosenModel[], all: Models, plan: RealWorldPlan): Promise<void> {
  const { contextTokens, slots } = plan
  for (const { name } of distinct([...all.instances, all.medium, all.large])) {
    const isWanted = wanted.some(model => model.name === name)
    if (!isWanted && (await lab.engine.residency(name)).state === 'loaded') await lab.unload(name)
  }
  for (const model of wanted) await lab.load(model, { contextTokens, slots })
}

/** Why a test that needs several models has too few; null where it has them. */
export const tooFew = (models: readonly ChosenModel[], wanted: number): Measured<never> | null =>
  models.length >= wanted
    ? null
    : absent(
        `it takes ${wanted} models with a name of their own, and the engine has ${models.length}: ${names(models)}`,
      )

export const names = (models: readonly ChosenModel[]): string => models.map(({ name }) => name).join(', ')

/** The engine as a whole, not one of its models alone. */
async function hasDied({ engine }: Lab): Promise<boolean> {
  return Promise.race([engine.died.then(() => true), nextTurn(false)])
}
