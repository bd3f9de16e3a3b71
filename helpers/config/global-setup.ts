import { existsSync, mkdirSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { readBaseline } from '../baselines/index.ts'
import { readConfigurations } from '../configurations/index.ts'
import { checkEngine, detectEngine } from '../engines/index.ts'
import { BadInputError, RecordingError } from '../errors.ts'
import { batchFileWorkload } from '../load/index.ts'
import { endOnRefusal } from './end-on-refusal.ts'
import type { RunContext } from './run-context.ts'

/**
 * Runs once in vitest's main process, and only when a perf spec is about to run. What the user wrote, and the server that
 * he names, are checked here, before anything is started: what is refused ends the process with its exit code.
 */
export default async function setup(project: TestProject): Promise<void> {
  const context = project.config.provide.perf
  if (!context) throw new Error('the perf project was not made by definePerfConfig()')
  await endOnRefusal(async () => {
    checkResume(context)
    makeRunDirectory(context.runDirectory)
    await checkInput(context)
    for await (const file of glob(join(context.root, 'baselines/*/*.json'))) readBaseline(file)
    await checkServer(context)
  })
  project.provide('perf', { ...context, update: project.config.snapshotOptions.updateSnapshot })
}

function makeRunDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true })
  } catch (cause) {
    throw new RecordingError(`Making the folder of this run, ${path}: ${String(cause)}. PERF_OUTPUT names another.`, {
      cause,
    })
  }
}

function checkResume({ options, runDirectory }: RunContext): void {
  if (options.resume === null || existsSync(runDirectory)) return
  throw new BadInputError(`PERF_RESUME names ${options.resume}, which is not there; allowed: the folder of a run.`)
}

async function checkInput({ options }: RunContext): Promise<void> {
  if (options.input !== null) await batchFileWorkload({ path: options.input, take: options.requests, model: '' })
  if (options.configurations !== null) readConfigurations(options.configurations)
}

/** Whether the engine that is meant answers at the URL. */
async function checkServer({ options: { engine, engineUrl, apiKey } }: RunContext): Promise<void> {
  if (engineUrl === null) return
  checkEngine(engineUrl, engine, await detectEngine(engineUrl, apiKey === null ? {} : { apiKey }))
}
