import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { CouldNotMeasureError, EngineStartError } from '../errors.ts'
import { absent, measured } from '../measured.ts'
import { deafToKeepAlive, startTestEngine, type TestEngine, until } from './embedded/engine-for-tests.ts'
import { startEmbeddedEngine } from './embedded/start-embedded-engine.ts'
import type { LoadOptions, ModelFile } from './engine.ts'
import { ServerPerModelEngine, type ServerPerModelInput } from './server-per-model.ts'

const size = { contextTokens: 512, slots: 1 }

/** Only for its model files; the servers under test are started by the launcher. */
let files: TestEngine
let a: ModelFile
let b: ModelFile
beforeAll(async () => {
  files = await startTestEngine()
  a = files.model('a')
  b = files.model('b')
})
afterAll(() => files[Symbol.asyncDispose]())

const started: { name: string; options: LoadOptions }[] = []
const engines: ServerPerModelEngine[] = []
afterEach(async () => {
  started.length = 0
  await Promise.all(engines.splice(0).map(engine => engine.stop()))
})

/** The real embedded engine with one model as the server of a model. */
async function launchEmbedded(model: ModelFile, options: LoadOptions) {
  started.push({ name: model.name, options })
  const { signal } = options
  const engine = deafToKeepAlive(await startEmbeddedEngine({ threads: 1, gpu: false, ...(signal && { signal }) }))
  return { engine, startMs: 7 + (await engine.load(model, options)).loadMs }
}

function serverPerModel(other: Partial<ServerPerModelInput> = {}): ServerPerModelEngine {
  const engine = new ServerPerModelEngine({
    identity: { name: 'llama-server', runsAs: 'binary llama-server', arguments: ['--flag'] },
    traits: { ...files.engine.traits, neverExpires: null },
    launch: launchEmbedded,
    available: async () => [],
    pullAdvice: name => `get ${name} yourself`,
    ...other,
  })
  engines.push(engine)
  return engine
}

const ask = async (engine: ServerPerModelEngine, name: string): Promise<unknown> => {
  const { origin, chatPath, body } = engine.target(name)
  const messages = [{ role: 'user', content: 'hi' }]
  const response = await fetch(origin + chatPath, {
    method: 'POST',
    body: JSON.stringify({ ...body, stream: false, messages, max_tokens: 3, ignore_eos: true }),
  })
  return response.json()
}

describe('before a model is loaded', () => {
  test('it is told how it will run', () => {
    expect(serverPerModel().identity).toEqual({
      name: 'llama-server',
      version: 'not started yet',
      origin: 'spawned',
      runsAs: 'binary llama-server',
      url: '',
      arguments: ['--flag'],
      cautions: [],
    })
  })

  test('models that a server can be started for by name are listed, once', async () => {
    const engine = serverPerModel({ available: async () => ['a', 'on-disk'] })
    await engine.load(a, size)
    expect(await engine.models()).toEqual([
      { name: 'a', status: 'loaded' },
      { name: 'on-disk', status: 'unloaded' },
    ])
  })

  test('nothing runs, nothing waits, and the rest is absent', async () => {
    const engine = serverPerModel()
    const none = { state: 'absent', reason: expect.stringContaining('no server runs') }
    expect(await engine.models()).toEqual([])
    expect(await engine.queue()).toEqual({ running: measured(0), waiting: measured(0), kvCacheShare: none })
    expect(await engine.processRoots()).toEqual(none)
    expect(await engine.countTokens('a', 'text')).toEqual(none)
    expect(await engine.totals('a')).toMatchObject({ requests: none, generatedTokens: none })
    expect(await engine.residency('a')).toEqual({ state: 'not loaded', detail: 'no server runs for a' })
    expect(() => engine.target('a')).toThrow('No server runs for a: load it first.')
    expect(await engine.pull('a')).toEqual(absent('get a yourself'))
    await engine.unload('a')
    expect(started).toEqual([])
  })
})

describe('a model that is loaded', () => {
  test('has a server of its own, and loadMs is the start of it', async () => {
    const engine = serverPerModel()
    const { loadMs } = await engine.load(a, size)
    expect(loadMs).toBeGreaterThan(7)
    expect(await engine.models()).toEqual([{ name: 'a', status: 'loaded' }])
    expect(await engine.residency('a')).toMatchObject({ state: 'loaded' })
    expect(engine.identity.url).toBe(engine.target('a').origin)
    expect(await ask(engine, 'a')).toMatchObject({ usage: { completion_tokens: 3 } })
    expect(await engine.totals('a')).toMatchObject({ generatedTokens: measured(3) })
  })

  test('is not started again for the same size, and is for another', async () => {
    const engine = serverPerModel()
    await engine.load(a, size)
    const first = engine.target('a').origin
    await engine.load(a, { ...size, keepAlive: 'forever' })
    expect(engine.target('a').origin).toBe(first)
    await engine.load(a, { ...size, slots: 2 })
    expect(engine.target('a').origin).not.toBe(first)
    await expect(fetch(first)).rejects.toThrow()
    await engine.load(a, { ...size, slots: 2, contextTokens: 600, keepAlive: { seconds: 5 } })
    expect(started.map(({ options }) => options)).toMatchObject([
      { slots: 1, contextTokens: 512 },
      { slots: 2, contextTokens: 512 },
      { slots: 2, contextTokens: 600, keepAlive: { seconds: 5 } },
    ])
  })

  test('is started once for two that ask for it at the same time', async () => {
    const engine = serverPerModel()
    const both = [engine.load(a, size), engine.load(a, size)]
    expect(await engine.models()).toEqual([{ name: 'a', status: 'loading' }])
    await Promise.all(both)
    expect(started).toHaveLength(1)
  })

  test('runs beside another; one is unloaded and its server is gone, the other answers', async () => {
    const engine = serverPerModel()
    await Promise.all([engine.load(a, size), engine.load(b, size)])
    const roots = await engine.processRoots()
    expect(roots).toEqual(measured([expect.any(Number), expect.any(Number)]))
    const { running, kvCacheShare } = await engine.queue()
    expect(running).toEqual(measured(0))
    expect(kvCacheShare).toEqual(absent('2 servers have a KV cache each'))
    const gone = engine.target('a').origin
    await engine.unload('a')
    await expect(fetch(gone)).rejects.toThrow()
    expect(await engine.residency('a')).toMatchObject({ state: 'not loaded' })
    expect(await engine.models()).toEqual([{ name: 'b', status: 'loaded' }])
    expect(await ask(engine, 'b')).toMatchObject({ usage: { completion_tokens: 3 } })
  })

  test('that may expire is refused, before anything is started, where no model can', async () => {
    const engine = serverPerModel({ traits: { ...files.engine.traits, neverExpires: 'it keeps its model' } })
    await expect(engine.load(a, { ...size, keepAlive: { seconds: 1 } })).rejects.toThrow(CouldNotMeasureError)
    await expect(engine.load(a, { ...size, keepAlive: { seconds: 1 } })).rejects.toThrow(
      'a cannot expire: it keeps its model.',
    )
    expect(started).toEqual([])
  })

  test('whose server does not start is not there, and can be loaded later', async () => {
    const engine = serverPerModel()
    const broken = { name: 'a', path: '/no/such/file.gguf', bytes: 1 }
    await expect(engine.load(broken, size)).rejects.toThrow(EngineStartError)
    expect(await engine.models()).toEqual([])
    await engine.load(a, size)
    expect(await engine.models()).toEqual([{ name: 'a', status: 'loaded' }])
  })
})

test('a server that dies is told of, its model is failed, and a load starts it anew', async () => {
  const engine = serverPerModel()
  await Promise.all([engine.load(a, size), engine.load(b, size)])
  const roots = await engine.processRoots()
  await engine.load(a, size)
  const [victim] = roots.state === 'measured' ? roots.value : []
  if (victim === undefined) expect.unreachable('no process')
  process.kill(victim, 'SIGKILL')
  expect((await engine.died).message).toContain('SIGKILL')
  const models = await until(
    () => engine.models(),
    found => found.some(({ status }) => status === 'failed'),
  )
  const [dead] = models.filter(({ status }) => status === 'failed')
  if (!dead) expect.unreachable('none failed')
  expect(await engine.residency(dead.name)).toMatchObject({ state: 'not loaded' })
  expect(await engine.processRoots()).toEqual(measured([expect.any(Number)]))
  await engine.load(dead.name === 'a' ? a : b, size)
  expect(await ask(engine, dead.name)).toMatchObject({ usage: { completion_tokens: 3 } })
})

describe('the end', () => {
  test('restart is a fresh engine with nothing loaded, and the old servers are gone', async () => {
    const engine = serverPerModel()
    await engine.load(a, size)
    const gone = engine.target('a').origin
    const fresh = await engine.restart()
    if (fresh.state === 'absent' || !(fresh.value instanceof ServerPerModelEngine)) expect.unreachable('no engine')
    engines.push(fresh.value)
    await expect(fetch(gone)).rejects.toThrow()
    expect(await fresh.value.models()).toEqual([])
    expect(fresh.value.identity.version).toBe('not started yet')
    await fresh.value.load(a, size)
    expect(await ask(fresh.value, 'a')).toMatchObject({ usage: { completion_tokens: 3 } })
  })

  test('stop ends a start that is under way, and nothing is loaded after it', async () => {
    const launching = Promise.withResolvers<void>()
    const engine = serverPerModel({
      launch: (model, options) => {
        launching.resolve()
        return launchEmbedded(model, options)
      },
    })
    const loading = engine.load(a, size).catch(error => error)
    await launching.promise
    await engine.stop()
    expect(await loading).toBeInstanceOf(Error)
    expect(await engine.models()).toEqual([])
    await expect(engine.load(a, size)).rejects.toThrow('Cannot load a: the engine was stopped.')
  })
})
