import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { EngineCrashedError, EngineStartError } from '../../errors.ts'
import { isAlive, processTree } from '../../processes/index.ts'
import type { Engine } from '../engine.ts'
import { call, startTestEngine, stream, until, usageOf } from './engine-for-tests.ts'
import recorded from './llama-server.data.json' with { type: 'json' }
import { startEmbeddedEngine } from './start-embedded-engine.ts'

const loadOptions = { contextTokens: 2048, slots: 2 }

const ask = (engine: Engine, model: string, max_tokens: number, options: Parameters<typeof stream>[3] = {}) =>
  stream(engine, '/v1/completions', { model, prompt: 'one two three', max_tokens, ignore_eos: true }, options)

const pidOf = async (engine: Engine, model: string): Promise<number> => {
  const residency = await engine.residency(model)
  if (residency.state !== 'loaded' || residency.instance.state !== 'measured')
    throw new Error(`${model} has no process`)
  return Number.parseInt(residency.instance.value, 10)
}

const serverPid = async (engine: Engine): Promise<number> => {
  const roots = await engine.processRoots()
  if (roots.state === 'absent' || !roots.value[0]) throw new Error('the engine has no process')
  return roots.value[0]
}

const gone = (pids: number[]): Promise<unknown> =>
  until(
    () => new Promise<number[]>(resolve => setImmediate(() => resolve(pids.filter(pid => isAlive(pid))))),
    alive => alive.length === 0,
  )

describe('models', () => {
  test('two at once, each in a process of its own; unloading one ends its process and leaves the other', async () => {
    await using tested = await startTestEngine()
    const { engine, model } = tested
    await Promise.all([engine.load(model('a'), loadOptions), engine.load(model('b'), loadOptions)])
    const [a, b] = [await pidOf(engine, 'a'), await pidOf(engine, 'b')]
    expect(a).not.toBe(b)
    expect(processTree(await serverPid(engine))).toEqual(expect.arrayContaining([a, b]))
    const answers = await Promise.all(['a', 'b'].map(name => ask(engine, name, 20)))
    expect(answers.map(answer => usageOf(answer).completion_tokens)).toEqual([20, 20])

    await engine.unload('a')
    expect(isAlive(a)).toBe(false)
    expect(await engine.residency('a')).toMatchObject({ state: 'not loaded', detail: 'a is unloaded' })
    expect(usageOf(await ask(engine, 'b', 5)).completion_tokens).toBe(5)
    expect(await call(engine, '/metrics?model=a&autoload=false')).toMatchObject({
      status: 400,
      json: recorded.errors.metricsOfUnloaded.body,
    })
    expect(await call(engine, '/models/unload', { model: 'a' })).toMatchObject({
      status: 400,
      json: recorded.errors.unloadTwice.body,
    })
    const models = (await engine.models()).sort((one, other) => one.name.localeCompare(other.name))
    expect(models).toEqual([
      { name: 'a', status: 'unloaded' },
      { name: 'b', status: 'loaded' },
    ])
  })

  test('loading again does nothing; other sizes load it anew', async () => {
    await using tested = await startTestEngine()
    const { engine, model } = tested
    const load = (slots: number) => engine.load(model('a'), { contextTokens: 512, slots })
    await load(1)
    const first = await pidOf(engine, 'a')
    await load(1)
    expect(await pidOf(engine, 'a')).toBe(first)
    await load(3)
    expect(await pidOf(engine, 'a')).not.toBe(first)
    expect((await call(engine, '/slots?model=a')).json).toHaveLength(3)
  })

  test('a file that is no model: an error with the exit code and the log, and the engine lives on', async () => {
    await using tested = await startTestEngine()
    const { engine, model } = tested
    const broken = { name: 'broken', path: fileURLToPath(import.meta.url), bytes: 1 }
    const failure = await engine.load(broken, loadOptions).catch(error => error)
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toMatch(/^broken could not be loaded \(exit code 1\)\.\nIts last log lines:\n.*\[broken\]/s)
    expect(await engine.models()).toEqual([{ name: 'broken', status: 'failed' }])
    await engine.load(model('a'), loadOptions)
    expect(usageOf(await ask(engine, 'a', 5)).completion_tokens).toBe(5)
  })
})

describe("a crash of a model's process", () => {
  test('fails its streams as llama-server does, leaves the others, and the next request loads it again', async () => {
    await using tested = await startTestEngine()
    const { engine, model } = tested
    await engine.load(model('a'), loadOptions)
    await engine.load(model('b'), loadOptions)
    const [a, b] = [await pidOf(engine, 'a'), await pidOf(engine, 'b')]
    const other = ask(engine, 'b', 500)
    const kill = { onEvent: (count: number) => count === 3 && process.kill(a, 'SIGKILL') }
    const broken = await ask(engine, 'a', 2000, kill as { onEvent(count: number): void })

    expect(broken.status).toBe(200)
    expect(broken.events.at(-1)).toBe('proxy error: Failed to read connection')
    expect(recorded.crashTail.endsWith(String(broken.events.at(-1)))).toBe(true)
    expect(broken.events).not.toContain('[DONE]')
    const { json } = await call(engine, '/models')
    expect(json).toMatchObject({ data: [{ id: 'a', status: { value: 'unloaded', failed: true, exit_code: 137 } }, {}] })
    expect(await engine.models()).toContainEqual({ name: 'a', status: 'failed' })
    expect(await engine.residency('a')).toEqual({
      state: 'not loaded',
      detail: 'a is failed, its process ended with exit code 137',
    })

    expect(usageOf(await ask(engine, 'a', 5)).completion_tokens).toBe(5)
    expect(await pidOf(engine, 'a')).not.toBe(a)
    expect(usageOf(await other).completion_tokens).toBe(500)
    expect(await pidOf(engine, 'b')).toBe(b)
    expect(engine.logTail().join('\n')).toContain('the process of model a ended on its own, exit code 137')
  })

  test('before the first token: 500 with the same words; load() brings it back', async () => {
    await using tested = await startTestEngine()
    const { engine, model } = tested
    await engine.load(model('a'), { contextTokens: 16_384, slots: 1 })
    const prompt = Array.from({ length: 16_000 }, (_, i) => 300 + (i % 1000))
    const answer = call(engine, '/v1/completions', { model: 'a', prompt, max_tokens: 1 })
    await until(
      () => engine.queue(),
      ({ running }) => running.state === 'measured' && running.value === 1,
    )
    process.kill(await pidOf(engine, 'a'), 'SIGKILL')
    expect(await answer).toMatchObject({ status: 500, text: 'proxy error: Failed to read connection' })
    await engine.load(model('a'), loadOptions)
    expect(usageOf(await ask(engine, 'a', 5)).completion_tokens).toBe(5)
  })
})

describe('the engine', () => {
  test('stops with all its processes, as often as asked, and says nothing of a death', async () => {
    await using tested = await startTestEngine()
    const { engine, model } = tested
    await engine.load(model('a'), loadOptions)
    const pids = [await serverPid(engine), await pidOf(engine, 'a')]
    await Promise.all([engine.stop(), engine.stop()])
    expect(pids.filter(pid => isAlive(pid))).toEqual([])
    await engine.stop()
    expect(await Promise.race([engine.died, Promise.resolve('no death')])).toBe('no death')
  })

  test('restarts as another process with nothing loaded', async () => {
    await using tested = await startTestEngine()
    const { engine, model } = tested
    await engine.load(model('a'), loadOptions)
    const before = await serverPid(engine)
    const restarted = await engine.restart()
    if (restarted.state === 'absent') throw new Error(restarted.reason)
    await using fresh = restarted.value
    expect(isAlive(before)).toBe(false)
    expect(await serverPid(fresh)).not.toBe(before)
    expect(await fresh.models()).toEqual([])
    expect(fresh.identity.arguments).toEqual(engine.identity.arguments)
  })

  test('that is killed says so to everyone, and its models go with it', async () => {
    await using tested = await startTestEngine()
    const { engine, model } = tested
    await engine.load(model('a'), loadOptions)
    const [server, child] = [await serverPid(engine), await pidOf(engine, 'a')]
    process.kill(server, 'SIGKILL')
    const death = await engine.died
    expect(death).toBeInstanceOf(EngineCrashedError)
    expect(death.message).toMatch(/^The embedded engine \(pid \d+\) ended on its own: SIGKILL\./)
    await expect(engine.models()).rejects.toBe(death)
    await gone([child])
  })

  test('that cannot have its port names the port', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as { port: number }
    try {
      const failure = await startEmbeddedEngine({ port }).catch(error => error)
      expect(failure).toBeInstanceOf(EngineStartError)
      expect(failure.message).toContain(`port ${port} of 127.0.0.1 is in use`)
    } finally {
      holder.close()
    }
  })

  test('is not started when the signal says no', async () => {
    await expect(startEmbeddedEngine({ signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no')
  })

  test.for(['SIGKILL', 'SIGTERM'] as const)('ends, models included, when its owner gets %s', async signal => {
    await using tested = await startTestEngine()
    const { path } = tested.model('a')
    const module = new URL('start-embedded-engine.ts', import.meta.url).href
    const owner = spawn(process.execPath, ['--input-type=module-typescript', '--eval', ownerScript(module, path)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: owner.stdout })
    const pids: number[] = JSON.parse(String((await once(lines, 'line'))[0]))
    expect(pids.filter(pid => isAlive(pid))).toHaveLength(2)
    owner.kill(signal)
    await once(owner, 'exit')
    await gone(pids)
  })
})

const ownerScript = (module: string, path: string): string => `
  const { startEmbeddedEngine } = await import(${JSON.stringify(module)})
  const engine = await startEmbeddedEngine({ threads: 1, gpu: false })
  await engine.load({ name: 'a', path: ${JSON.stringify(path)}, bytes: 1 }, { contextTokens: 512, slots: 1 })
  const roots = await engine.processRoots()
  const residency = await engine.residency('a')
  console.log(JSON.stringify([...roots.value, Number.parseInt(residency.instance.value, 10)]))
`
