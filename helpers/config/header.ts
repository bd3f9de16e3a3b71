import { engineTitle } from '../engines/engine-title.ts'
import type { PerfOptions } from '../options/index.ts'
import { withoutSecrets } from '../processes/index.ts'
import { findRunningEngines } from './running-engines.ts'

/**
 * What a run says before it starts: what will be measured, on what, and for how long. The engine itself, its version and
 * the model that was chosen are told as soon as it answers.
 */
export function headerLines(options: PerfOptions): string[] {
  return [`engine   ${engineLine(options)}`, `model    ${modelLine(options)}`, `profile  ${profileLine(options)}`]
}

/** The last line of a run on the default engine: how to measure one that is already running here; null when there is none. */
export async function ownEngineHint(
  { engine, engineUrl }: Pick<PerfOptions, 'engine' | 'engineUrl'>,
  find: typeof findRunningEngines = findRunningEngines,
): Promise<string | null> {
  if (engineUrl !== null || engine !== null) return null
  const [found] = await find()
  if (!found) return null
  const title = engineTitle(found.engine, found.version).replace(
    /^(an|the) /,
    article => `${article[0]?.toUpperCase()}${article.slice(1)}`,
  )
  return `${title} is running here. To measure it: PERF_ENGINE_URL=${found.url} npx vitest run perf/`
}

function engineLine(options: PerfOptions): string {
  const { engine, engineUrl, engineContainer, enginePid } = options
  if (engineUrl !== null) {
    const title = engine === null ? 'whichever answers' : engineTitle(engine)
    const where = [
      engineContainer === null ? '' : `container ${engineContainer}`,
      enginePid === null ? '' : `process ${enginePid}`,
    ].filter(Boolean)
    return `${title} at ${engineUrl}${where.length > 0 ? ` (${where.join(', ')})` : ''}`
  }
  if (engine === null || engine === 'embedded') return 'embedded llama.cpp, started for this run'
  const words = withoutSecrets([...options.engineArguments])
  const further = words.length > 0 ? `, with ${words.join(' ')}` : ''
  return `${engineTitle(engine)}, started for this run ${startOf(options)}${further}`
}

function startOf({ engineStart, engineImage }: PerfOptions): string {
  const image = engineImage === null ? '' : ` of ${engineImage}`
  if (engineStart === 'binary') return 'from its binary on the PATH'
  if (engineStart === 'container') return `in a container${image}`
  return `from its binary if there is one on the PATH, else in a container${image}`
}

function modelLine(options: PerfOptions): string {
  const { model, engine, engineUrl, profile, pull, synthetic } = options
  if (model?.kind === 'one') return model.name
  if (model?.kind === 'roles')
    return Object.entries(model.names)
      .map(([role, name]) => `${role}: ${name}`)
      .join(', ')
  const scaled = profile === 'quick' ? ', scaled down' : ''
  const random = `the plans' models with random weights${scaled}`
  const isOurs = engineUrl === null
  if (isOurs && (engine === null || engine === 'embedded')) return `${random} (PERF_MODEL names another)`
  const fetched = pull ? ' or can fetch them' : ''
  const otherwise = isOurs || synthetic ? random : 'the one that it serves'
  return `the plans' models if it has them${fetched}, else ${otherwise} (PERF_MODEL names another)`
}

function profileLine({ profile }: PerfOptions): string {
  switch (profile) {
    case 'quick':
      return 'quick: fewer requests and smaller models, about 6 min for all of perf/ on 2 cores, 85 s for perf/multi-batch'
    case 'standard':
      return "standard: a tenth of the plan's requests; the time left is shown as soon as the rate is known"
    case 'full':
      return "full: the plan's own sizes; hours, the time left is shown as soon as the rate is known"
  }
}
