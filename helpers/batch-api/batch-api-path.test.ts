import { fork } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { LoadHooks, LoadPathSetup } from '../batches/load-path.ts'
import { BadInputError, CouldNotMeasureError } from '../errors.ts'
import {
  batchFileWorkload,
  openRecords,
  type RequestRecord,
  readRecords,
  startClientHealth,
  syntheticWorkload,
} from '../load/index.ts'
import { type BatchServerSettings, startBatchServer } from '../testing/batch-server/index.ts'
import { type FaultServer, startFaultServer } from '../testing/fault-server/index.ts'
import { BatchApi, batchApiPath, findBatchApi, unaccountedIn, watchBatch } from './index.ts'

const OUTPUT_TOKENS = 4

let engine: FaultServer

beforeAll(async () => {
  engine = await startFaultServer({ slots: 8, ttftMs: 1, tokensPerSecond: null })
})
afterAll(() => engine[Symbol.asyncDispose]())

async function* requestsOf(batch: number, n: number) {
  const workload = await syntheticWorkload({ promptTokens: 16, outputTokens: OUTPUT_TOKENS, seed: 1 })
  let left = n
  for await (const request of workload.requests(batch)) {
    if (left-- === 0) return
    yield request
  }
}

/** A path to the engine through a server of these settings, with records in a file of its own. */
async function openPath(change: Partial<BatchServerSettings> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'batch-api-'))
  const file = join(directory, 'records.jsonl')
  const server = await startBatchServer({ engineUrl: engine.origin, ...change })
  const records = await openRecords(file, { runId: 'test', workloadHash: 'x', resume: false })
  const health = startClientHealth()
  const stop = new AbortController()
  const { body, ...address } = engine.target()
  const target = { ...address, body: { ...body, stream: true, stream_options: { include_usage: true } } }
  const setup: LoadPathSetup = { target, chunk: 8, records, health, signal: stop.signal }
  const key = server.settings.apiKey
  const api = new BatchApi({ url: server.url, headers: key === null ? {} : { authorization: `Bearer ${key}` } })
  const path = await batchApiPath(api, setup)
  onTestFinished(async () => {
    await path[Symbol.asyncDispose]()
    health.stop()
    await records.close()
    await server[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })
  const send = (batch: number, n: number, hooks: LoadHooks = {}) => path.send(batch, requestsOf(batch, n), hooks)
  const written = async (): Promise<RequestRecord[]> => {
    await records.flush()
    return Array.fromAsync(readRecords(file))
  }
  const accounts = () => (path.accounts.state === 'measured' ? path.accounts.value : expect.unreachable('no accounts'))
  return { server, api, setup, path, send, written, accounts, stop }
}

describe('a batch', () => {
  test('brings every request to the engine once and accounts for each, as the ledger of the server says', async () => {
    const { server, send, written, accounts } = await openPath()
    const finished: number[] = []
    const rests: number[] = []
    const result = await send(0, 40, {
      onFinished: n => void finished.push(n),
      betweenChunks: chunk => void rests.push(chunk),
    })
    const { submitted, forwarded } = server.ledger()
    expect(submitted).toHaveLength(40)
    expect(forwarded.toSorted()).toEqual(submitted.toSorted())
    expect(result.tally).toMatchObject({
      completed: 40,
      failed: 0,
      completionTokens: 40 * OUTPUT_TOKENS,
      ttftMs: [],
      tpotMs: [],
    })
    expect(result.chunks.reduce((sum, chunk) => sum + chunk.completed, 0)).toBe(40)
    expect(finished.reduce((sum, n) => sum + n, 0)).toBe(40)
    // Only when the batch has ended is anything at rest.
    expect(rests).toEqual([result.chunks.length - 1])
    const records = await written()
    expect(records.map(record => record.id)).toEqual(submitted)
    expect(records.every(record => record.state === 'batched' && record.endedAtMs === result.endMs)).toBe(true)
    expect(records.map(record => record.chunk)).toEqual(submitted.map((_, i) => Math.floor(i / 8)))
    expect(accounts()).toEqual([
      {
        batch: 0,
        ending: 'completed',
        submitted: 40,
        missing: 0,
        repeated: 0,
        unknown: 0,
        unreadable: 0,
        examples: [],
      },
    ])
  })

  test("reaches the engine by the gateway's name of the model, and with a key", async () => {
    const { send } = await openPath({ modelPrefix: 'engine/', apiKey: 'secret', bodyAsText: true })
    expect((await send(0, 8)).tally).toMatchObject({ completed: 8, failed: 0 })
  })

  test('of the warm-up is measured and not in the accounts', async () => {
    const { send, accounts, written } = await openPath()
    expect((await send(-1, 8)).tally.completed).toBe(8)
    expect(accounts()).toEqual([])
    expect((await written()).every(record => record.batch === -1)).toBe(true)
  })

  test('whose server counts only at the end is one chunk', async () => {
    const { send } = await openPath({ counts: 'at the end' })
    expect((await send(0, 32)).chunks).toHaveLength(1)
  })

  test('leaves no file on the server', async () => {
    const { server, path, send } = await openPath()
    await send(0, 8)
    expect(server.ledger().files).toHaveLength(2)
    await path[Symbol.asyncDispose]()
    expect(server.ledger().files).toEqual([])
  })

  test('leaves files where the server keeps them, with a warning', async () => {
    const { server, path, send } = await openPath({ deletes: false })
    await send(0, 8)
    const warned = new Promise<Error>(resolve => process.once('warning', resolve))
    await path[Symbol.asyncDispose]()
    expect((await warned).message).toMatch(/2 files of this run are left on http/)
    expect(server.ledger().files).toHaveLength(2)
  })
})

describe('what a server does wrong is seen', () => {
  test('lost lines', async () => {
    const { server, send, accounts, written } = await openPath({ loseEvery: 10 })
    const { tally } = await send(0, 40)
    const { lost } = server.ledger()
    expect(lost).toHaveLength(4)
    expect(tally).toMatchObject({ completed: 36, failed: 4, failures: { unaccounted: 4 } })
    expect(accounts()).toMatchObject([{ missing: 4, examples: lost.map(id => `"${id}" is missing`) }])
    const failed = (await written()).filter(record => record.state === 'failed')
    expect(failed.map(record => record.id)).toEqual(lost)
  })

  test('repeated lines: the request counts once', async () => {
    const { server, send, accounts } = await openPath({ repeatEvery: 10 })
    expect((await send(0, 40)).tally).toMatchObject({ completed: 40, failed: 0 })
    expect(server.ledger().repeated).toHaveLength(4)
    expect(accounts()).toMatchObject([{ missing: 0, repeated: 4 }])
  })

  test('failed lines are failures, and accounted for', async () => {
    const { server, send, accounts } = await openPath({ failEvery: 10 })
    expect((await send(0, 40)).tally).toMatchObject({
      completed: 36,
      failures: { 'error-record': 4 },
      firstFailure: 'error-record: server_error: told to fail',
    })
    expect(server.ledger().failed).toHaveLength(4)
    expect(accounts().map(unaccountedIn)).toEqual([0])
  })

  test('strangers and garbage', async () => {
    const { send, accounts } = await openPath({ stranger: 'nobody', garbage: true })
    expect((await send(0, 8)).tally).toMatchObject({ completed: 8, failed: 0 })
    expect(accounts()).toMatchObject([{ missing: 0, unknown: 1, unreadable: 1 }])
  })

  test('a batch that expires: what is left has failed and is accounted for', async () => {
    const { send, accounts } = await openPath({ expireAfter: 16 })
    expect((await send(0, 40)).tally).toMatchObject({ completed: 16, failures: { 'error-record': 24 } })
    expect(accounts()).toMatchObject([{ ending: 'expired', missing: 0 }])
  })

  test("a batch that is refused: nothing came back, with the server's reason", async () => {
    const { send, accounts } = await openPath({ refuse: 'Model does not exist' })
    expect((await send(0, 8)).tally).toMatchObject({
      completed: 0,
      failures: { unaccounted: 8 },
      firstFailure: expect.stringContaining('ended as failed (invalid_request: Model does not exist)'),
    })
    expect(accounts()).toMatchObject([{ ending: 'failed', missing: 8 }])
  })

  test('an engine that answers with errors', async () => {
    await using failing = await startFaultServer({ fault: { kind: 'http-500', every: 4 } })
    const { send } = await openPath({ engineUrl: failing.origin })
    expect((await send(0, 16)).tally).toMatchObject({ completed: 12, failures: { 'http-status': 4 } })
  })
})

describe('a run that was stopped', () => {
  test('cancels the batch that runs', async () => {
    const { server, send, stop, written, api } = await openPath()
    server.hold()
    const sending = send(0, 40)
    await expect.poll(() => api.inFlight()).toHaveLength(1)
    stop.abort()
    await expect(sending).rejects.toThrow()
    await expect.poll(() => server.ledger().cancelled).toEqual(['batch_2'])
    expect(await api.inFlight()).toEqual([])
    expect(await written()).toEqual([])
  })

  test('by SIGKILL: its batch is cancelled and its file deleted', { timeout: 130_000 }, async () => {
    await using server = await startBatchServer({ engineUrl: engine.origin })
    server.hold()
    const child = fork(new URL('../testing/batch-server/submit-and-wait.ts', import.meta.url), [
      server.url,
      JSON.stringify(engine.target()),
    ])
    await expect.poll(() => server.ledger().submitted, { timeout: 50_000 }).toHaveLength(16)
    // A look follows after everything was told to the process that cancels.
    await expect.poll(() => server.ledger().looks, { timeout: 50_000 }).toBeGreaterThan(0)
    child.kill('SIGKILL')
    await expect.poll(() => server.ledger().cancelled, { timeout: 50_000 }).toEqual(['batch_2'])
    await expect.poll(() => server.ledger().files, { timeout: 20_000 }).toEqual([])
  })

  test('is gone on with: what has a record is not submitted again', async () => {
    const { server, path, send, written, accounts } = await openPath({ loseEvery: 10 })
    await send(0, 16)
    const earlier = await written()
    const nothing = (async function* () {})()
    const again = await path.send(0, nothing, { earlier })
    expect(again).toMatchObject({ tally: { completed: 15, failed: 1 }, chunks: [{ completed: 15, failed: 1 }] })
    expect(server.ledger().submitted).toHaveLength(16)
    expect(accounts().at(-1)).toMatchObject({ ending: 'before', submitted: 16, missing: 1 })
  })
})

describe('a batch that is in flight already', () => {
  test('stands in the way of a measurement, by its id', async () => {
    const { server, api, setup, send } = await openPath()
    server.hold()
    const sending = send(0, 16)
    await expect.poll(() => api.inFlight()).toMatchObject([{ status: 'in_progress' }])
    const second = batchApiPath(api, setup)
    await expect(second).rejects.toThrow(/still works on batch_2 \(in_progress, 0 of 16\)/)
    await expect(second).rejects.toThrow(CouldNotMeasureError)
    server.release()
    await sending
    await using _free = await batchApiPath(api, setup)
  })

  test('can be watched to its end by its id, whoever submitted it', async () => {
    const { server, api, send } = await openPath()
    server.hold()
    const sending = send(0, 16)
    await expect.poll(() => api.inFlight()).toHaveLength(1)
    const [found] = await api.inFlight()
    const watching = watchBatch(new BatchApi({ url: server.url }), found?.id ?? '', { chunk: 8 })
    server.release()
    expect((await watching).at(-1)).toMatchObject({ status: 'completed', counts: { total: 16, completed: 16 } })
    await sending
  })
})

describe('findBatchApi', () => {
  test('takes the named server, or the engine where it has the routes', async () => {
    await using server = await startBatchServer({ engineUrl: engine.origin })
    const named = await findBatchApi({ batchUrl: `${server.url}/v1/`, engineUrl: engine.origin })
    expect(named).toMatchObject({ state: 'measured', value: { url: server.url } })
    expect(await findBatchApi({ batchUrl: null, engineUrl: server.url })).toMatchObject({ state: 'measured' })
  })

  test('says why there is none', async () => {
    expect(await findBatchApi({ batchUrl: null, engineUrl: engine.origin })).toEqual({
      state: 'absent',
      reason: 'the engine has no /v1/batches; PERF_BATCH_URL names a server in front of it that has',
    })
    const named = findBatchApi({ batchUrl: engine.origin, engineUrl: engine.origin })
    await expect(named).rejects.toThrow(BadInputError)
    await expect(named).rejects.toThrow(/PERF_BATCH_URL is http:.* which has no \/v1\/batches .*404/)
  })

  test('a server that does not answer, and a key that is missing, are errors', async () => {
    await expect(findBatchApi({ batchUrl: 'http://127.0.0.1:1', engineUrl: engine.origin })).rejects.toThrow(
      /127\.0\.0\.1:1, listing batches: no answer .*Is it running/,
    )
    await using server = await startBatchServer({ engineUrl: engine.origin, apiKey: 'secret' })
    await expect(findBatchApi({ batchUrl: server.url, engineUrl: engine.origin })).rejects.toThrow(/401.*PERF_API_KEY/)
  })
})

test('requests to two endpoints are no batch', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'batch-api-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'own.jsonl')
  const line = (id: string, url: string, body: object) =>
    JSON.stringify({ custom_id: id, method: 'POST', url, body: { model: 'm', ...body } })
  await writeFile(
    path,
    [
      line('a', '/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }] }),
      line('b', '/v1/completions', { prompt: 'x' }),
    ].join('\n'),
  )
  const workload = await batchFileWorkload({ path, take: null, model: 'fault-model' })
  const opened = await openPath()
  const requests = (async function* () {
    yield* workload.requests(0)
  })()
  const sending = opened.path.send(0, requests, {})
  await expect(sending).rejects.toThrow(/"b" goes to \/v1\/completions and the first one to \/v1\/chat\/completions/)
  await expect(sending).rejects.toThrow(BadInputError)
})
