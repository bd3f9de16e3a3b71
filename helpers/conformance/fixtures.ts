import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base } from 'vitest'
import { type LoadOptions, startEngine } from '../engines/index.ts'
import { type ChosenModel, chooseModel } from '../fixtures/choose-model.ts'
import type { Measured } from '../measured.ts'
import { resolveOptions } from '../options/index.ts'
import { startSampler } from '../sampling/index.ts'

/** Context for each request, and how many the engine takes at once. */
export const loadOptions = { contextTokens: 1024, slots: 8 } as const satisfies LoadOptions

/**
 * The engine that the PERF_ variables name, as a whole run would start it, with one model loaded.
 *
 * - `subject`: the engine; `subject.engine` is another object after it was started anew
 * - `model`: a model that is loaded
 */
export const test = base
  .extend('options', { scope: 'file' }, () => resolveOptions())
  .extend('subject', { scope: 'file' }, async ({ options }, { onCleanup }) => {
    const subject = { engine: await startEngine(options) }
    onCleanup(() => subject.engine.stop())
    return subject
  })
  .extend('model', { scope: 'file' }, async ({ options, subject }): Promise<ChosenModel> => {
    const model = await chooseModel({ model: 'qwen2.5-0.5b', role: 'small' }, subject.engine, options)
    await subject.engine.load(model, loadOptions)
    return model
  })
  .extend('named', { auto: true }, ({ subject, task }) => {
    const { name, version, runsAs } = subject.engine.identity
    task.meta.conformanceOf = { name, version, runsAs }
  })
  .extend('sampler', { scope: 'file' }, async ({ subject, model: _ }, { onCleanup }) => {
    const directory = await mkdtemp(join(tmpdir(), 'conformance-'))
    const sampler = await startSampler({ seriesFile: join(directory, 'series.jsonl'), suiteRoot: process.pid })
    onCleanup(async () => {
      await sampler.stop()
      await rm(directory, { recursive: true })
    })
    await sampler.follow({ roots: await subject.engine.processRoots(), queue: null })
    return sampler
  })

/** The number, or a skip of the test with the reason. */
export function offered<T>(value: Measured<T>, skip: (note: string) => never): T {
  return value.state === 'measured' ? value.value : skip(value.reason)
}
