import type { PerfOptions } from '../options/index.ts'
import { findRunningEngines } from './running-engines.ts'

/** What a run says before it starts: what will be measured, on what, and for how long. */
export function headerLines(options: PerfOptions): string[] {
  const engine = options.engineUrl
    ? `${options.engine ?? 'llama-server'} at ${options.engineUrl}`
    : 'embedded llama.cpp, started for this run'
  return [`engine   ${engine}`, `model    ${modelLine(options)}`, `profile  ${profileLine(options)}`]
}

/** The last line of a run on the default engine: how to measure one that is already running here; null when there is none. */
export async function ownEngineHint(options: PerfOptions): Promise<string | null> {
  if (options.engineUrl !== null) return null
  const [engine] = await findRunningEngines()
  if (!engine) return null
  return `A server of llama-server's dialect is running here. To measure it: PERF_ENGINE_URL=${engine.url} npx vitest run perf/`
}

function modelLine({ model, engineUrl, profile }: PerfOptions): string {
  if (model?.kind === 'one') return model.name
  if (model?.kind === 'roles')
    return Object.entries(model.names)
      .map(([role, name]) => `${role}: ${name}`)
      .join(', ')
  if (engineUrl !== null) return 'the one that the server has'
  return profile === 'quick'
    ? "the plans' models with random weights, scaled down (PERF_MODEL names another)"
    : "the plans' models with random weights (PERF_MODEL names another)"
}

function profileLine({ profile }: PerfOptions): string {
  switch (profile) {
    case 'quick':
      return 'quick: fewer requests and smaller models, about 75 s for perf/multi-batch on 2 cores'
    case 'standard':
      return "standard: a tenth of the plan's requests; the time left is shown as soon as the rate is known"
    case 'full':
      return "full: the plan's own sizes; hours, the time left is shown as soon as the rate is known"
  }
}
