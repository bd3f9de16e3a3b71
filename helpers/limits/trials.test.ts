import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { copyFile, readFile, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCage } from '../cage/index.ts'
import { startTestEngine, withMethods } from '../engines/embedded/engine-for-tests.ts'
import { sizeOfArchitecture } from '../estimate/index.ts'
import { cachedFile } from '../models/cache.ts'
import { type SyntheticModel, tinyModel } from '../models/index.ts'
import { type LoadTrial, Prover, predictedTrial, tryInCage, tryWithinBudget } from './index.ts'

const MIB = 2 ** 20
const directory = mkdtempSync(join(tmpdir(), 'trials-'))
const storage = { directory, limitBytes: 1e9 }
const probe = openCage({ limitBytes: 64 * MIB })
const whyNoCage = probe.state === 'absent' ? probe.reason : ''
if (probe.state === 'measured') await probe.value[Symbol.asyncDispose]()

let model: SyntheticModel
beforeAll(async () => {
  model = await tinyModel({ family: 'llama', quantisation: 'f16' }, storage)
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const copies = (n: number) => Array.from({ length: n }, (_, i) => ({ ...model, name: `${model.name} ${i + 1}` }))
const size = { contextTokens: 512, slots: 1 }

async function caged(trial: LoadTrial) {
  const end = await tryInCage(trial, { threads: 1, gpu: false })
  if (end.state === 'absent') throw new Error(end.reason)
  return end.value
}

describe.skipIf(whyNoCage !== '')(`loads in a cage${whyNoCage && `: ${whyNoCage}`}`, () => {
  test('what fits is loaded and answers, and takes what is predicted within a fifth', async () => {
    const { bytes } = predictedTrial(sizeOfArchitecture(model.architecture, 'f16'), size, { copies: 2 })
    const end = await caged({ ...size, models: copies(2), limitBytes: 2 * bytes })
    expect(end).toMatchObject({ outcome: 'fitted', standing: 2, detail: '' })
    if (end.realBytes.state === 'absent') throw new Error(end.realBytes.reason)
    expect(Math.abs(end.realBytes.value / bytes - 1)).toBeLessThan(0.2)
  })

  test('what does not fit is killed, and the run goes on; it is told how many stood before', async () => {
    const { bytes } = predictedTrial(sizeOfArchitecture(model.architecture, 'f16'), size)
    const end = await caged({ ...size, models: copies(3), limitBytes: Math.floor(1.5 * bytes) })
    expect(end).toMatchObject({ outcome: 'killed', standing: 1, realBytes: { state: 'absent' } })
    expect(end.standingBytes).toHaveLength(1)
  })

  test('a file that is cut off, and one of an unknown architecture, are refused and not taken for too large', async () => {
    const cut = join(directory, 'cut.gguf')
    await copyFile(model.path, cut)
    await truncate(cut, Math.floor(model.bytes / 2))
    const strange = join(directory, 'strange.gguf')
    const bytes = await readFile(model.path)
    // Same length, so that everything else stays where it is.
    writeFileSync(strange, Buffer.from(bytes.toString('latin1').replaceAll('llama', 'lhama'), 'latin1'))
    for (const path of [cut, strange]) {
      const end = await caged({ ...size, models: [{ ...model, path }], limitBytes: 1024 * MIB })
      expect(end).toMatchObject({
        outcome: 'refused',
        standing: 0,
        detail: expect.stringContaining('could not be loaded'),
      })
    }
  })
})

describe('loads in an engine that is watched', () => {
  test('end as over budget by measurement, and leave nothing loaded', async () => {
    await using tested = await startTestEngine()
    const [a, b] = [tested.model('a'), tested.model('b')]
    const over = await tryWithinBudget(tested.engine, { ...size, models: [a, b], limitBytes: 80 * MIB })
    expect(over).toMatchObject({
      outcome: 'over budget',
      standing: 1,
      detail: expect.stringContaining('by measurement'),
    })
    const within = await tryWithinBudget(tested.engine, { ...size, models: [a], limitBytes: 80 * MIB })
    expect(within).toMatchObject({ outcome: 'fitted', standing: 1 })
    expect((await tested.engine.models()).filter(({ status }) => status === 'loaded')).toEqual([])
  })

  test('a load that hangs ends at the limit of time and says what to look at', async () => {
    await using tested = await startTestEngine()
    const hanging = withMethods(tested.engine, { load: () => new Promise(() => {}) })
    const trial = { ...size, models: [tested.model('a')], limitBytes: 100 * MIB, timeLimitMs: 50 }
    expect(await tryWithinBudget(hanging, trial)).toMatchObject({
      outcome: 'hung',
      detail: expect.stringMatching(/^Loading a took longer than 50 ms: it was neither done nor refused/),
    })
  })

  test('is ended by the run’s own signal, which is no outcome', async () => {
    await using tested = await startTestEngine()
    const stop = new AbortController()
    const hanging = withMethods(tested.engine, {
      load: () => {
        stop.abort(new Error('stopped'))
        return new Promise(() => {})
      },
    })
    const trial = { ...size, models: [tested.model('a')], limitBytes: 100 * MIB, signal: stop.signal }
    await expect(tryWithinBudget(hanging, trial)).rejects.toThrow('stopped')
  })
})

describe('a step of a search', () => {
  const never = new Prover(() => Promise.reject(new Error('nothing may be tried')))

  test('that the disk has no room for is not tried, and says why', async () => {
    const fits = await never.fits({
      ...size,
      label: 'a model for a larger disk',
      predictedBytes: 1,
      limitBytes: 2,
      models: async () => {
        const file = { name: 'large', bytes: 2 ** 40, write: () => Promise.reject(new Error('nothing may be written')) }
        return [{ name: 'large', path: await cachedFile(file, storage, async () => 2 ** 30), bytes: file.bytes }]
      },
    })
    expect(fits).toBe(false)
    expect(never.rows.at(-1)).toMatchObject({
      outcome: 'not tried',
      detail: expect.stringContaining('free on its disk'),
    })
  })

  test('that would endanger the machine is not tried, and says why', async () => {
    const prover = new Prover(trial => caged(trial))
    const fits = await prover.fits({
      ...size,
      label: 'everything',
      predictedBytes: 1,
      limitBytes: 2 ** 50,
      models: async () => [model],
    })
    expect(fits).toBe(false)
    expect(prover.rows).toMatchObject([{ outcome: 'not tried', detail: expect.stringContaining('without danger') }])
  })

  test('filling keeps the last that fitted and the first that did not', async () => {
    const standingBytes = [10, 20, 30].map(value => ({ state: 'measured' as const, value }))
    const realBytes = { state: 'absent' as const, reason: 'killed' }
    const prover = new Prover(async () => ({ outcome: 'killed', standing: 3, standingBytes, realBytes, detail: '' }))
    const filling = { ...size, limitBytes: 35, labelOf: (n: number) => `${n}`, predictedBytes: (n: number) => 10 * n }
    expect(await prover.fill({ ...filling, copies: async () => copies(5) })).toBe(3)
    expect(prover.rows.map(({ label, predictedFits, outcome }) => [label, predictedFits, outcome])).toEqual([
      ['2', true, 'fitted'],
      ['3', true, 'fitted'],
      ['4', false, 'killed'],
    ])
  })
})
