import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, describe, expect } from 'vitest'
import { EngineUnderTest } from '../fixtures/engine-under-test.ts'
import { Lab } from '../lab/index.ts'
import { openRecords, type RequestRecord, readRecords } from '../load/index.ts'
import { absent, measured } from '../measured.ts'
import { resolveOptions } from '../options/index.ts'
import { startSampler } from '../sampling/index.ts'
import { type FaultServer, startFaultServer } from '../testing/fault-server/index.ts'
import { type HttpPlan, HttpRunner, type HttpRunnerOptions } from './index.ts'
import { runForTests } from './run-for-tests.ts'

const SPEC = '002.over-http'

/** A lab on a server, or on the embedded engine; what it opens ends with the scope. */
async function labOn(environment: Record<string, string>) {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'http-runner-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const options = resolveOptions({}, environment)
  const engine = await EngineUnderTest.start(options)
  stack.defer(() => engine.stop())
  const sampler = stack.use(await startSampler({ seriesFile: join(folder, 'series.jsonl'), suiteRoot: process.pid }))
  const context = { options, runDirectory: folder, root: folder, update: 'none', mainPid: process.pid } as const
  const lab = new Lab(context, engine, sampler, 'a test')
  const file = join(folder, `${SPEC}.records.jsonl`)
  const records = stack.use(await openRecords(file, { runId: SPEC, workloadHash: 'a test' }))
  const told: string[] = []
  return {
    lab,
    engine,
    told,
    runner: (change: Partial<HttpRunnerOptions> = {}) =>
      new HttpRunner(lab, {
        spec: SPEC,
        records,
        isStreamed: true,
        restart: () => engine.restart(),
        tell: line => void told.push(line),
        ...change,
      }),
    logged: async (): Promise<RequestRecord[]> => {
      await records.flush()
      return await Array.fromAsync(readRecords(file))
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

const served = { path: '', bytes: 0, scale: 1, origin: 'served', endsItself: false, architecture: null } as const

/** 48 requests, 16 outstanding, in blocks of 8. */
function planOf(name: string, model: HttpPlan['model'], change: Partial<HttpPlan> = {}): HttpPlan {
  const { configuration } = runForTests({ name })
  const rest = { slots: 4, contextTokens: 128, settings: {}, windowMs: null, remarks: [] }
  return { configuration, planned: configuration, model, ...rest, ...change }
}

const test = base
  .extend('server', { scope: 'file' }, async ({}, { onCleanup }): Promise<FaultServer> => {
    const server = await startFaultServer({ ttftMs: 1, tokensPerSecond: 2000 })
    onCleanup(() => server[Symbol.asyncDispose]())
    return server
  })
  .extend('on', async ({ server }, { onCleanup }) => {
    const on = await labOn({ PERF_ENGINE_URL: server.origin })
    onCleanup(() => on[Symbol.asyncDispose]())
    return on
  })
describe('on a server that does what it is told', () => {
  const model = { ...served, name: 'fault-model' }

  test('every request comes back, is counted once, and is in the log', async ({ on }) => {
    const { run, latenciesMs } = await on.runner().run(planOf('all', model, { remarks: ['said before'] }))
    expect(run).toMatchObject({
      ranOn: 'http',
      remarks: ['said before'],
      outcome: {
        state: 'ran',
        completed: 48,
        failed: 0,
        failures: {},
        completionTokens: 48 * 4,
        accounts: { missing: [], twice: [], unknown: [] },
      },
    })
    if (run.outcome.state !== 'ran') throw new Error('it did not run')
    expect(run.outcome.blocks.map(({ requests }) => requests)).toEqual([8, 8, 8, 8, 8, 8])
    expect(run.outcome.blocks.at(-1)?.endMs).toBeCloseTo(run.outcome.durationMs, 3)
    expect(latenciesMs).toHaveLength(48)
    const ids = (await on.logged()).map(({ id }) => id)
    expect(ids.toSorted()).toEqual(Array.from({ length: 48 }, (_, i) => `all.${i}`).toSorted())
  })

  test('a third of the requests fails: they are counted by their class, and it runs through', async ({
    on,
    server,
  }) => {
    await server.set({ fault: { kind: 'error-record', every: 3 } })
    const { run } = await on.runner().run(planOf('third', model))
    await server.set({ fault: null })
    expect(run.outcome).toMatchObject({
      state: 'ran',
      completed: 32,
      failed: 16,
      failures: { 'memory exhaustion': 16 },
    })
  })

  test('the circuit breaker stops one whose requests all fail, with their class, and the next one runs', async ({
    on,
    server,
  }) => {
    const runner = on.runner()
    await server.set({ fault: { kind: 'error-record', every: 1 } })
    const { run } = await runner.run(planOf('broken', model))
    await server.set({ fault: null })
    expect(run.outcome).toEqual({
      state: 'failed',
      kind: 'memory exhaustion',
      message: expect.stringMatching(
        /^the circuit breaker stopped it after 20 requests: 20 of .*: error-record: out of memory$/,
      ),
    })
    expect((await runner.run(planOf('next', model))).run.outcome).toMatchObject({ state: 'ran', completed: 48 })
  })

  test('a batch that will miss its window is told of while it runs, and in its remarks', async ({ on }) => {
    const plan = planOf('late', model, { windowMs: 1 })
    const { run } = await on.runner().run(plan)
    expect(on.told).toEqual([expect.stringContaining('late will miss its window')])
    expect(run.remarks).toEqual([expect.stringContaining('late will miss its window')])
    await on.runner().run(planOf('in time', model, { windowMs: 3_600_000 }))
    expect(on.told).toHaveLength(1)
  })

  test('a server that is gone is a process that died', async () => {
    await using server = await startFaultServer()
    await using on = await labOn({ PERF_ENGINE_URL: server.origin })
    const runner = on.runner({ restart: async () => absent('it is not ours') })
    await runner.run(planOf('before', model))
    await server.crash()
    const { run } = await runner.run(planOf('after', model))
    expect(run.outcome).toMatchObject({ state: 'failed', kind: 'process died' })
  })
})

describe('on the embedded engine', () => {
  test('whole answers, a load that is refused, an engine that dies: each is told apart, and the others run', async () => {
    await using on = await labOn({})
    const { lab } = on
    const model = await lab.choose({ model: 'qwen2.5-0.5b', role: 'small' })

    const whole = await on.runner({ isStreamed: false }).run(planOf('whole', model))
    expect(whole.run.outcome).toMatchObject({ state: 'ran', completed: 48, completionTokens: 48 * 4 })
    const records = (await on.logged()).filter(({ id }) => id.startsWith('whole.'))
    expect(records.map(({ state }) => state)).toEqual(Array(48).fill('whole'))
    for (const record of records) expect(record).not.toHaveProperty('ttftMs')

    const runner = on.runner()
    const gone = { ...model, name: 'gone', path: '/nowhere/gone.gguf' }
    const refused = await runner.run(planOf('refused', gone))
    expect(refused.run.outcome).toMatchObject({
      state: 'failed',
      kind: 'configuration',
      message: expect.stringContaining('gone could not be loaded'),
    })

    const dying = runner.run(planOf('dying', model, { windowMs: null }))
    await expect
      .poll(async () => (await on.logged()).some(({ id }) => id.startsWith('dying.')), { timeout: 20_000 })
      .toBe(true)
    const roots = await lab.engine.processRoots()
    for (const pid of roots.state === 'measured' ? roots.value : []) process.kill(pid, 'SIGKILL')
    expect((await dying).run.outcome).toMatchObject({ state: 'failed', kind: 'process died' })

    const next = await runner.run(planOf('next', model))
    expect(next.run.outcome).toMatchObject({
      state: 'ran',
      completed: 48,
      failed: 0,
      peakMemory: measured(expect.anything()),
    })
  })
})
