import { describe, expect, test } from 'vitest'
import { startTestEngine, type TestEngine, withMethods } from '../engines/embedded/engine-for-tests.ts'
import { EngineStartError } from '../errors.ts'
import { modelMemory } from '../lab/index.ts'
import { absent, measured } from '../measured.ts'
import { engineBackend, ModelPool } from './index.ts'

const options = { contextTokens: 128, slots: 1 }
const MIB = 2 ** 20

const backendOf = ({ engine, model }: TestEngine, names: readonly string[]) =>
  engineBackend({
    engine,
    models: names.map(model),
    options,
    estimate: () => 200 * MIB,
    measure: async name => {
      const memory = await modelMemory(engine, name)
      return memory.state === 'absent' ? memory : measured(memory.value.pssBytes)
    },
  })

describe('on the embedded engine', () => {
  test('a pool loads, measures, evicts and unloads real models', async () => {
    await using subject = await startTestEngine()
    const { engine } = subject
    const backend = await backendOf(subject, ['a', 'b'])
    expect([...backend.estimatedBytes]).toEqual(['a', 'b'].map(name => [name, 200 * MIB]))
    const loadedNow = async () =>
      (await engine.models()).filter(({ status }) => status === 'loaded').map(({ name }) => name)
    {
      const room = { kind: 'bytes', budgetBytes: 220 * MIB } as const
      await using pool = new ModelPool({ backend, room, queue: { requests: 10, waitMs: 60_000 } })
      {
        await using _a = await pool.acquire('a')
        expect(await loadedNow()).toEqual(['a'])
        // What a process of node with llama.cpp takes, and not what was estimated.
        const { residentBytes } = pool.metrics()
        expect(residentBytes).not.toBe(200 * MIB)
        expect(residentBytes).toBeGreaterThan(20 * MIB)
      }
      await using _b = await pool.acquire('b')
      expect(await loadedNow()).toEqual(['b'])
      expect(pool.metrics()).toMatchObject({ loads: 2, hits: 0, misses: 2, evictions: 1, overruns: 0 })
    }
    // The pool's end is that of its models.
    expect(await loadedNow()).toEqual([])
  })

  test('a model that cannot be loaded leaves nothing behind, and says why', async () => {
    await using subject = await startTestEngine()
    const { engine } = subject
    const missing = { ...subject.model('missing'), path: '/nowhere.gguf' }
    const backend = await engineBackend({
      engine,
      models: [missing],
      options,
      estimate: async () => MIB,
      measure: async () => absent('nobody looks'),
    })
    await expect(backend.load('missing')).rejects.toThrow(EngineStartError)
    expect(await engine.residency('missing')).toMatchObject({ state: 'not loaded' })
  })

  test('one that can neither be loaded nor removed says both', async () => {
    await using subject = await startTestEngine()
    const engine = withMethods(subject.engine, {
      load: () => Promise.reject(new Error('no memory')),
      unload: () => Promise.reject(new Error('no answer')),
    })
    const backend = await engineBackend({
      engine,
      models: [subject.model('a')],
      options,
      estimate: () => MIB,
      measure: async () => absent('nobody looks'),
    })
    await expect(backend.load('a')).rejects.toThrow(/no memory.*no answer/)
  })
})
