import type { Measured } from '../measured.ts'
import type { PerfOptions } from '../options/index.ts'
import { type Facts, type ItemOutlook, outlooks } from '../plan-items/index.ts'
import { factsOf } from './facts-of.ts'
import { lookForBatchApi } from './seen-batch-api.ts'
import { lookForContainers, type SeenContainers } from './seen-containers.ts'
import { lookForEngines, type SeenEngines } from './seen-engines.ts'
import { lookAtMachine, type SeenMachine } from './seen-machine.ts'
import { lookForModels, type SeenModels } from './seen-models.ts'
import { lookForRay, type SeenRay } from './seen-ray.ts'
import type { Deadline } from './within.ts'

/** What is on this machine. */
export interface Seen {
  machine: SeenMachine
  engines: SeenEngines
  containers: SeenContainers
  models: SeenModels
  ray: SeenRay
  /** Its URL. */
  batchApi: Measured<string>
}

/** What this machine can run. */
export interface Diagnosis {
  seen: Seen
  facts: Facts
  items: ItemOutlook[]
  /** The one command to run now. */
  command: string
}

/**
 * Looks everywhere at once and is done by then, whatever hangs; what did not answer in time says so. Nothing is started,
 * loaded, fetched or changed.
 */
export async function diagnose(options: PerfOptions, deadline: Deadline): Promise<Diagnosis> {
  const [machine, engines, containers, models, ray, batchApi] = await Promise.all([
    lookAtMachine(options, deadline),
    lookForEngines(options, deadline),
    lookForContainers(options, deadline),
    lookForModels(),
    lookForRay(options, deadline),
    lookForBatchApi(options, deadline),
  ])
  const seen = { machine, engines, containers, models, ray, batchApi }
  const facts = await factsOf(options, seen)
  return { seen, facts, items: outlooks(facts), command: commandNow(facts, engines) }
}

/** On what was set, if it can run; else on a server that runs here, else on the embedded engine. */
function commandNow({ engine, options }: Facts, { servers }: SeenEngines): string {
  const all = 'npx vitest run perf/'
  const isSet = options.engine !== null || options.engineUrl !== null
  const [server] = servers
  if (!isSet && server !== undefined) return `PERF_ENGINE_URL=${server.url} ${all}`
  if (engine.state === 'measured') return all
  return `${options.engineUrl === null ? '' : 'PERF_ENGINE_URL= '}PERF_ENGINE=embedded ${all}`
}
