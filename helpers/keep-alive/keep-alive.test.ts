import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from 'vitest'
import { measureBatches } from '../batches/index.ts'
import { deafToKeepAlive, startTestEngine, withMethods } from '../engines/embedded/engine-for-tests.ts'
import { attachLlamaServer, type Engine, type ModelFile, type Residency } from '../engines/index.ts'
import { syntheticWorkload } from '../load/index.ts'
import { absent } from '../measured.ts'
import { startSampler } from '../sampling/index.ts'
import { judgeResidency } from '../verdicts/index.ts'
import { measureExpiry } from './index.ts'

/** A real engine with a model that somebody else may unload: what happens in a pause, and after it. */
const test = base
  .extend('directory', { scope: 'file' }, async ({}, { onCleanup }) => {
    const directory = await mkdtemp(join(tmpdir(), 'keep-alive-'))
    onCleanup(() => rm(directory, { recursive: true }))
    return directory
  })
  .extend('tested', { scope: 'file' }, async ({}, { onCleanup }) => {
    const tested = await startTestEngine()
    onCleanup(() => tested[Symbol.asyncDispose]())
    return tested
  })
  .extend('sampler', { scope: 'file' }, async ({ directory, tested }, { onCleanup }) => {
    const sampler = await startSampler({ seriesFile: join(directory, 'series.jsonl'), suiteRoot: process.ppid })
    onCleanup(() => sampler.stop())
    await sampler.follow({ roots: await tested.engine.processRoots(), queue: null })
    return sampler
  })

const lengths = { promptTokens: 16, outputTokens: 4 }
const loadOptions = { contextTokens: 256, slots: 2 }
const workload = await syntheticWorkload({ ...lengths, seed: 1 })

test.for([
  { name: 'nobody touches it', meanwhile: async () => {}, verdict: 'pass', words: 'no reload seen' },
  {
    name: 'somebody unloads it',
    meanwhile: async (other: Engine, model: ModelFile) => {
      await other.unload(model.name)
    },
    verdict: 'fail',
    words: 'not loaded before batch 2',
  },
  {
    name: 'somebody unloads it, and it is loaded again',
    meanwhile: async (other: Engine, model: ModelFile) => {
      await other.unload(model.name)
      await other.load(model, loadOptions)
    },
    verdict: 'fail',
    words: 'another process serves it before batch 2',
  },
])('a model in a pause: $name', async ({ meanwhile, verdict, words }, { tested, sampler, directory }) => {
  const model = tested.model('idle')
  await tested.engine.load(model, loadOptions)
  const other = await attachLlamaServer({ url: tested.engine.identity.url })
  const plan = { ...lengths, batches: 2, requestsPerBatch: 4, chunk: 2, pauseMs: 50, isExact: true }
  const run = await measureBatches({
    id: '001.keep-alive',
    engine: watched(tested.engine, {
      // The fourth look (warm-up, before and after the first batch) is the one that ends the pause.
      async residency(look, nth) {
        if (nth === 4) await meanwhile(other, model)
        return await look()
      },
    }),
    sampler,
    model: { ...model, scale: 1 },
    loadMs: absent('nobody asks'),
    workload,
    plan,
    hardware: 'test',
    cores: 2,
    directory: await mkdtemp(join(directory, 'run-')),
    signal: new AbortController().signal,
    onProgress: () => {},
  })
  const assessment = judgeResidency(run)
  expect(assessment).toMatchObject({ verdict })
  expect(assessment).toHaveProperty('line', expect.stringContaining(words))
})

test('a model that expires is seen to go, after at least so long', async ({ tested }) => {
  const model = tested.model('expiring')
  // As an engine with a keep-alive does: some looks later it is gone.
  const engine = watched(tested.engine, {
    async residency(look, nth) {
      if (nth === 3) await tested.engine.unload(model.name)
      return await look()
    },
  })
  const expiry = await measureExpiry({ ...expiryOf(model), engine })
  expect(expiry).toMatchObject({
    id: '001.keep-alive',
    modelName: 'expiring',
    keepAliveMs: 1000,
    isGone: true,
    looks: 3,
  })
  expect(expiry.afterMs).toBeGreaterThanOrEqual(200)
  expect(expiry.resolutionMs).toBeLessThanOrEqual(expiry.afterMs)
})

test('waiting for a model to expire can be stopped', async ({ tested }) => {
  const stop = new AbortController()
  const model = tested.model('staying')
  const engine = watched(tested.engine, {
    async residency(look, nth) {
      if (nth === 2) stop.abort()
      return await look()
    },
  })
  const waiting = measureExpiry({ ...expiryOf(model), engine, signal: stop.signal })
  await expect(waiting).rejects.toThrow('Waiting for staying to expire was stopped.')
})

const expiryOf = (model: ModelFile) => ({
  id: '001.keep-alive',
  model,
  contextTokens: loadOptions.contextTokens,
  workload,
  keepAliveSeconds: 1,
  signal: new AbortController().signal,
})

/** The engine, with a say in every look at a model; it takes a keep-alive, which the real one refuses. */
function watched(
  engine: Engine,
  { residency }: { residency(look: () => Promise<Residency>, nth: number): Promise<Residency> },
): Engine {
  let looks = 0
  return withMethods(deafToKeepAlive(engine), {
    residency: model => residency(() => engine.residency(model), ++looks),
  })
}
