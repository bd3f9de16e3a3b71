import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { isAlive } from '../../processes/index.ts'
import { type FaultServer, startFaultServer } from './index.ts'

const MIB = 2 ** 20

async function json(server: FaultServer, path: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(server.origin + path, body ? { method: 'POST', body: JSON.stringify(body) } : {})
  return (await response.json()) as Record<string, unknown>
}
const complete = async (server: FaultServer, max_tokens = 4): Promise<Response> =>
  fetch(`${server.origin}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ messages: [{ role: 'user', content: 'one two three' }], max_tokens, stream: true }),
  })
const completeAll = async (server: FaultServer, count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await (await complete(server)).text()
}
const metric = async (server: FaultServer, name: string): Promise<number> => {
  const text = await (await fetch(`${server.origin}/metrics`)).text()
  return Number(text.match(new RegExp(`^llamacpp:${name} (\\d+)$`, 'm'))?.[1])
}
const model = async (server: FaultServer) => {
  const { data } = (await json(server, '/models')) as { data: { status: { value: string }; instance: string }[] }
  if (data[0] === undefined) throw new Error('no model')
  return { status: data[0].status.value, instance: data[0].instance }
}
async function rssBytes(server: FaultServer): Promise<number> {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8')
  return Number(status.match(/^VmRSS:\s+(\d+) kB$/m)?.[1]) * 1024
}

describe('dialect', () => {
  test('health, models, tokenize, not found', async () => {
    await using server = await startFaultServer({ model: 'm' })
    expect(await json(server, '/health')).toEqual({ status: 'ok' })
    expect(await json(server, '/v1/models')).toMatchObject({ data: [{ id: 'm', status: { value: 'loaded' } }] })
    expect(await json(server, '/tokenize', { content: 'one two  three' })).toEqual({ tokens: [0, 1, 2] })
    expect((await fetch(`${server.origin}/nothing`)).status).toBe(404)
  })

  test('a stream as llama-server sends it', async () => {
    await using server = await startFaultServer({ ttftMs: 0, tokensPerSecond: null })
    const response = await complete(server, 2)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const events = (await response.text())
      .trimEnd()
      .split('\n\n')
      .map(event => event.replace('data: ', ''))
    expect(events.pop()).toBe('[DONE]')
    expect(events.map(event => JSON.parse(event))).toMatchObject([
      { choices: [{ delta: { role: 'assistant', content: null }, finish_reason: null }] },
      { choices: [{ delta: { content: ' word0' }, finish_reason: null }] },
      { choices: [{ delta: { content: ' word1' }, finish_reason: null }] },
      { choices: [{ delta: {}, finish_reason: 'length' }] },
      { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 }, timings: { prompt_n: 3, predicted_n: 2 } },
    ])
  })

  test('a stream as Ollama sends it', async () => {
    await using server = await startFaultServer({ ttftMs: 0, tokensPerSecond: null })
    const response = await fetch(`${server.origin}/api/chat`, {
      method: 'POST',
      body: JSON.stringify({
        messages: [{ role: 'user', content: 'one two three' }],
        options: { num_predict: 2 },
        stream: true,
      }),
    })
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    const lines = (await response.text()).trimEnd().split('\n')
    expect(lines.map(line => JSON.parse(line))).toMatchObject([
      { message: { role: 'assistant', content: ' word0' }, done: false },
      { message: { role: 'assistant', content: ' word1' }, done: false },
      { message: { content: '' }, done: true, done_reason: 'length', prompt_eval_count: 3, eval_count: 2 },
    ])
  })

  test('counters rise with what was served', async () => {
    await using server = await startFaultServer({ ttftMs: 0 })
    await completeAll(server, 3)
    expect(await metric(server, 'tokens_predicted_total')).toBe(12)
    expect(await metric(server, 'prompt_tokens_total')).toBe(9)
    expect(await metric(server, 'requests_processing')).toBe(0)
  })

  test('slots make requests wait', async () => {
    await using server = await startFaultServer({ ttftMs: 0, tokensPerSecond: 5, slots: 1 })
    const requests = Promise.allSettled([complete(server, 50), complete(server, 50)])
    await expect.poll(() => metric(server, 'requests_deferred')).toBe(1)
    expect(await metric(server, 'requests_processing')).toBe(1)
    await server.crash()
    await requests
  })
})

describe('the ledger', () => {
  test('has every request and when each of its tokens was written', async () => {
    await using server = await startFaultServer({ ttftMs: 20, tokensPerSecond: 100 })
    await completeAll(server, 2)
    const { entries, instance } = await server.ledger()
    expect(instance).toBe(1)
    expect(
      entries.map(({ n, outcome, promptTokens, completionTokens }) => [n, outcome, promptTokens, completionTokens]),
    ).toEqual([
      [1, 'finished', 3, 4],
      [2, 'finished', 3, 4],
    ])
    for (const { receivedAtMs, writtenAtMs } of entries) {
      expect(writtenAtMs).toHaveLength(4)
      // Never early: absolute times from the receipt.
      for (const [i, atMs] of writtenAtMs.entries()) expect(atMs - receivedAtMs).toBeGreaterThanOrEqual(20 + i * 10)
    }
  })

  test('marks the requests that were broken, every n-th', async () => {
    await using server = await startFaultServer({ ttftMs: 0, fault: { kind: 'http-500', every: 3 } })
    const statuses: number[] = []
    for (let i = 0; i < 7; i++) {
      const response = await complete(server)
      statuses.push(response.status)
      await response.text()
    }
    expect(statuses).toEqual([200, 200, 500, 200, 200, 500, 200])
    expect((await server.ledger()).entries.filter(entry => entry.fault !== null).map(entry => entry.n)).toEqual([3, 6])
  })
})

describe('faults over time', () => {
  test('a leak grows the process, and without one it does not', async () => {
    await using healthy = await startFaultServer({ ttftMs: 0 })
    await using leaking = await startFaultServer({ ttftMs: 0, leakBytesPerRequest: 8 * MIB })
    const grown = async (server: FaultServer) => {
      await completeAll(server, 2)
      const before = await rssBytes(server)
      await completeAll(server, 16)
      return (await rssBytes(server)) - before
    }
    expect(await grown(leaking)).toBeGreaterThan(100 * MIB)
    expect(await grown(healthy)).toBeLessThan(30 * MIB)
  })

  test('a slowdown multiplies all times after every so many requests', async () => {
    await using server = await startFaultServer({
      ttftMs: 10,
      tokensPerSecond: null,
      slowdown: { everyRequests: 2, factor: 4 },
    })
    await completeAll(server, 5)
    const waits = (await server.ledger()).entries.map(entry => (entry.writtenAtMs[0] ?? 0) - entry.receivedAtMs)
    // Lower bounds only: a server is never early, and may be late on a busy machine.
    expect(waits.map((ms, i) => ms >= 10 * 4 ** Math.floor(i / 2))).toEqual([true, true, true, true, true])
  })

  test('a reload: away, then back as another instance with its counters at 0', async () => {
    await using server = await startFaultServer({ ttftMs: 0 })
    await completeAll(server, 1)
    const before = await model(server)
    await server.reload(100)
    expect((await model(server)).status).toBe('unloaded')
    expect((await fetch(`${server.origin}/health`)).status).toBe(503)
    expect(await metric(server, 'tokens_predicted_total')).toBe(0)
    // A request waits for the model instead of failing.
    await completeAll(server, 1)
    const after = await model(server)
    expect(after.status).toBe('loaded')
    expect(after.instance).not.toBe(before.instance)
    expect(await metric(server, 'tokens_predicted_total')).toBe(4)
  })

  test('reloads by itself after so many requests, when nothing runs', async () => {
    await using server = await startFaultServer({ ttftMs: 0, reload: { everyRequests: 3, pauseMs: 20 } })
    await completeAll(server, 2)
    expect((await server.ledger()).instance).toBe(1)
    await completeAll(server, 2)
    expect((await server.ledger()).instance).toBe(2)
    await completeAll(server, 3)
    expect((await server.ledger()).instance).toBe(3)
  })

  test('unload and load on request', async () => {
    await using server = await startFaultServer()
    await json(server, '/models/unload', { model: 'fault-model' })
    expect((await model(server)).status).toBe('unloaded')
    await json(server, '/models/load', { model: 'fault-model' })
    expect((await model(server)).status).toBe('loaded')
    expect((await server.ledger()).instance).toBe(2)
  })

  test('settings change while it runs', async () => {
    await using server = await startFaultServer({ ttftMs: 0 })
    expect((await complete(server)).status).toBe(200)
    await server.set({ fault: { kind: 'http-500', every: 1 } })
    expect((await complete(server)).status).toBe(500)
    await server.set({ fault: null })
    expect((await complete(server)).status).toBe(200)
  })
})

test('no process is left behind', async () => {
  let pid = 0
  {
    await using server = await startFaultServer()
    pid = server.pid
    expect(isAlive(pid)).toBe(true)
  }
  expect(isAlive(pid)).toBe(false)
})
