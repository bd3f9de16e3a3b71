import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectConfiguration, type ViteUserConfig } from 'vitest/config'
import { BadInputError } from '../errors.ts'
import { exporterOn } from '../exporter/index.ts'
import { type OptionInput, type PerfOptions, resolveOptions } from '../options/index.ts'
import type { RunWatcher } from '../reporting/index.ts'
import PerfReporter from '../reporting/reporter.ts'
import { siblingModule } from '../sibling-module.ts'
import { endOnRefusal } from './end-on-refusal.ts'
import { headerLines, ownEngineHint } from './header.ts'
import { inOrderOf } from './in-order-of.ts'
import type { RunContext } from './run-context.ts'
import { svgInUi } from './svg-in-ui.ts'

export interface PerfConfig {
  /** Options of the suite; the environment wins over them. */
  options?: OptionInput
  /** Globs of the perf specs, relative to the root; specs run in the order of these globs. */
  include?: string[]
  /** Other vitest projects beside `perf`. */
  projects?: TestProjectConfiguration[]
}

/** A day's margin over the longest plan: the limits of single requests end a run that hangs, not the test's. */
const timeoutMs = { quick: 60 * 60_000, standard: 24 * 3_600_000, full: 14 * 24 * 3_600_000 } as const

/**
 * The whole vitest configuration of a project that measures LLM engines: the `perf` project, its reporter, and
 * whatever projects are given beside it. A wrong option ends the process with exit code 2 before anything starts.
 */
export function definePerfConfig({
  options: configured,
  include = ['perf/**/*.perf.ts'],
  projects = [],
}: PerfConfig = {}): ViteUserConfig {
  const options = optionsOrExit(configured)
  const root = process.cwd()
  const output = resolve(root, options.output)
  const runDirectory = options.resume === null ? newRunDirectory(output) : resolve(root, options.resume)
  const context: RunContext = {
    options,
    runDirectory,
    root,
    update: 'none',
    mainPid: process.pid,
  }
  // vitest never prunes them, and the UI would show those of older runs.
  rmSync(resolve(root, '.vitest/attachments'), { recursive: true, force: true })
  return defineConfig({
    plugins: [svgInUi],
    test: {
      reporters: [
        new PerfReporter({
          runDirectory: () => runDirectory,
          options,
          headerLines: () => headerLines(options),
          hint: () => ownEngineHint(options),
          ...watching(options),
        }),
      ],
      sequence: { sequencer: inOrderOf(include) },
      teardownTimeout: 60_000,
      projects: [
        {
          test: {
            name: { label: 'perf', color: 'magenta' },
            include,
            globalSetup: fileURLToPath(siblingModule(import.meta.url, 'global-setup')),
            provide: { perf: context },
            // One process for all specs: the engine is started once, and nothing else runs while a spec measures.
            pool: 'forks',
            fileParallelism: false,
            isolate: false,
            testTimeout: timeoutMs[options.profile],
            hookTimeout: timeoutMs[options.profile],
            sequence: { groupOrder: 1 },
          },
        },
        ...projects,
      ],
    },
  })
}

/** A port that is not to be had ends the process, as any other wrong option does. */
function watching({ metricsPort }: PerfOptions): { watcher?: RunWatcher } {
  if (metricsPort === null) return {}
  const exporter = exporterOn(metricsPort)
  return { watcher: { ...exporter, started: () => endOnRefusal(() => exporter.started()) } }
}

/** One folder a run. The colons of a time are no good in a path. */
const newRunDirectory = (output: string): string =>
  join(output, 'runs', `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}-${process.pid}`)

function optionsOrExit(configured: OptionInput | undefined): PerfOptions {
  try {
    return resolveOptions(configured)
  } catch (error) {
    if (!(error instanceof BadInputError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(error.exitCode)
  }
}
