import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CompletionTarget } from '../engines/engine.ts'
import { type FaultKind, type FaultServer, type StreamShape, startFaultServer } from '../testing/fault-server/index.ts'
import {
  type FailureClass,
  prepareRequest,
  type RequestRecord,
  runLoad,
  StreamClient,
  type StreamLimits,
} from './index.ts'
import { requestOf, requestsOf } from './testing-requests.ts'

type Protocol = CompletionTarget['protocol']
const protocols: Protocol[] = ['openai', 'ollama']

const TOKENS = 8
let server: FaultServer
beforeAll(async () => {
  server = await startFaultServer({ ttftMs: 1, tokensPerSecond: 2000 })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

async function send(count: number, limits: Partial<StreamLimits> = {}, protocol?: Protocol): Promise<RequestRecord[]> {
  const records: RequestRecord[] = []
  await runLoad({
    target: server.target(protocol),
    requests: requestsOf(count, { tokens: TOKENS }),
    schedule: { kind: 'closed loop', concurrency: 4 },
    batch: 0,
    limits,
    onRecord: record => records.push(record),
  })
  return records
}

const faults: [FaultKind, FailureClass, string][] = [
  ['http-500', 'http-status', 'HTTP 500: Compute error.'],
  ['eof-without-finish', 'incomplete-stream', 'without a finish reason, usage, [DONE]'],
  ['no-done', 'incomplete-stream', 'without [DONE]'],
  ['no-usage', 'incomplete-stream', 'without usage'],
  ['error-record', 'error-record', 'out of memory'],
  ['proxy-error', 'proxy-error', 'proxy error: Failed to read connection'],
  ['malformed-json', 'malformed-event', 'not JSON'],
  ['stall', 'stall', 'nothing for 200 ms after 4 events'],
  ['reset', 'connection-reset', 'the connection broke'],
  ['no-answer', 'first-byte-timeout', 'no token within 400 ms'],
  ['wrong-length', 'wrong-length', "8 tokens asked for, the engine's usage says 7"],
]

/** Where Ollama's protocol differs. */
const ollamaFaults = faults.map(([kind, failure, message]): (typeof faults)[number] => {
  if (kind === 'no-done')
    return [kind, 'incomplete-stream', 'without a finish reason, usage, a record with "done": true']
  if (kind === 'eof-without-finish') return [kind, failure, '"done": true']
  if (kind === 'proxy-error') return [kind, 'malformed-event', 'not JSON']
  return [kind, failure, message]
})

describe('each failure has its class', () => {
  test.each([
    ...faults.map(fault => ['openai', ...fault] as const),
    ...ollamaFaults.map(fault => ['ollama', ...fault] as const),
  ])('%s: %s', async (protocol, kind, failure, message) => {
    const limits = { firstTokenMs: 400, stallMs: 200 }
    await server.set({ fault: { kind, every: 1 } })
    const broken = await send(3, limits, protocol)
    await server.set({ fault: null })
    const whole = await send(3, limits, protocol)

    expect(broken.map(record => record.state === 'failed' && record.failure)).toEqual([failure, failure, failure])
    expect(broken[0]).toMatchObject({ message: expect.stringContaining(message) })
    expect(whole.map(record => record.state)).toEqual(['completed', 'completed', 'completed'])
  })

  test('only the requests that were broken fail', async () => {
    const before = (await server.ledger()).entries.length
    await server.set({ fault: { kind: 'reset', every: 5 } })
    const records = await send(20)
    await server.set({ fault: null })
    const entries = (await server.ledger()).entries.slice(before)
    const failed = records.filter(record => record.state === 'failed').map(record => record.id)
    expect(failed).toHaveLength(4)
    expect(failed.toSorted()).toEqual(
      entries
        .filter(entry => entry.fault !== null)
        .map(entry => entry.id)
        .toSorted(),
    )
  })

  test('no engine there: connect', async () => {
    const gone = await startFaultServer()
    await gone.crash()
    await using client = new StreamClient({ target: gone.target(), connections: 1 })
    const record = await client.send(prepareRequest(requestOf('a'), gone.target()), {
      batch: 0,
      chunk: 0,
      scheduledAtMs: 0,
    })
    expect(record).toMatchObject({
      state: 'failed',
      failure: 'connect',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test('an engine that dies under load: connection-reset, then connect', async () => {
    const dying = await startFaultServer({ ttftMs: 1, tokensPerSecond: 10 })
    await using client = new StreamClient({ target: dying.target(), connections: 1 })
    const prepared = prepareRequest(requestOf('a', { tokens: 1000 }), dying.target())
    const slot = { batch: 0, chunk: 0, scheduledAtMs: 0 }
    const running = client.send(prepared, slot)
    await expect.poll(async () => (await dying.ledger()).entries[0]?.writtenAtMs.length ?? 0).toBeGreaterThan(0)
    await dying.crash()
    expect(await running).toMatchObject({ state: 'failed', failure: 'connection-reset' })
    expect(await client.send(prepared, slot)).toMatchObject({ state: 'failed', failure: 'connect' })
  })

  test.each([
    ['http-status', 'HTTP 404: model not found', '404 Not Found', 'application/json', '{"error":"model not found"}'],
    [
      'proxy-error',
      'HTTP 500: proxy error: gone',
      '500 Error',
      'application/json',
      '{"error":{"message":"proxy error: gone"}}',
    ],
    ['http-status', 'HTTP 502: Bad Gateway', '502 Bad Gateway', 'text/html', 'Bad Gateway'],
    ['http-status', 'HTTP 503: no body', '503 Busy', 'text/plain', ''],
    ['error-record', 'out of memory', '200 OK', 'application/json', '{"error":{"message":"out of memory"}}'],
    ['proxy-error', 'proxy error: gone', '200 OK', 'text/plain', 'proxy error: gone'],
    ['incomplete-stream', 'a JSON document', '200 OK', 'application/json', '{"choices":[]}'],
    ['incomplete-stream', 'ended after 0 events', '200 OK', 'text/event-stream', ''],
  ])('%s: %s', async (failure, message, status, type, body) => {
    await using raw = await rawServer(
      `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
    await using client = new StreamClient({ target: { origin: raw.origin, headers: {} }, connections: 1 })
    const record = await client.send(prepareRequest(requestOf('a'), server.target()), {
      batch: 0,
      chunk: 0,
      scheduledAtMs: 0,
    })
    expect(record).toMatchObject({ state: 'failed', failure, message: expect.stringContaining(message) })
  })
})

describe('legal streams of any shape are read right', () => {
  const shapes: [string, Partial<StreamShape>][] = [
    ['plain', {}],
    ['CRLF', { lineEnd: 'crlf' }],
    ['CR', { lineEnd: 'cr' }],
    ['no space after data:', { dataSpace: false }],
    ['comments', { comments: true }],
    ['several events a write', { eventsPerWrite: 3 }],
    ['an event over several writes', { writesPerEvent: 4 }],
    ['characters split over writes', { splitUtf8: true }],
    ['an early role chunk', { earlyRole: true }],
    ['reasoning first', { reasoningTokens: 3 }],
    ['everything at once', { lineEnd: 'crlf', comments: true, splitUtf8: true, earlyRole: true, reasoningTokens: 2 }],
  ]

  /** Of them what can be said of lines of JSON too. */
  const lineShapes = shapes.filter(([, shape]) => !('lineEnd' in shape || 'comments' in shape || 'dataSpace' in shape))

  test.each([
    ...shapes.map(shape => ['openai', ...shape] as const),
    ...lineShapes.map(shape => ['ollama', ...shape] as const),
  ])('%s: %s', async (protocol, _name, stream) => {
    await using shaped = await startFaultServer({ ttftMs: 30, tokensPerSecond: 500, stream })
    const records: RequestRecord[] = []
    await runLoad({
      target: shaped.target(protocol),
      requests: requestsOf(3, { tokens: TOKENS }),
      schedule: { kind: 'closed loop', concurrency: 1 },
      batch: 0,
      onRecord: record => records.push(record),
    })
    const { entries } = await shaped.ledger()
    expect(records).toHaveLength(3)
    for (const [i, record] of records.entries()) {
      if (record.state !== 'completed') throw new Error(JSON.stringify(record))
      const entry = entries[i]
      expect(record.id).toBe(entry?.id)
      expect(record.arrivalsMs).toHaveLength(TOKENS)
      expect(record.completionTokens).toBe(entry?.completionTokens)
      expect(record.promptTokens).toBe(entry?.promptTokens)
      // The order of what happened on the two sides; no tolerance is needed for that.
      expect(record.sentAtMs).toBeLessThanOrEqual(entry?.receivedAtMs ?? 0)
      expect(record.sentAtMs + record.ttftMs).toBeGreaterThan(entry?.writtenAtMs[0] ?? Number.POSITIVE_INFINITY)
      const firstAnswerAtMs = entry?.writtenAtMs[stream.reasoningTokens ?? 0]
      expect(record.sentAtMs + (record.ttfotMs ?? 0)).toBeGreaterThan(firstAnswerAtMs ?? Number.POSITIVE_INFINITY)
    }
  })

  test.each(protocols)('plain completions over %s', async protocol => {
    const records: RequestRecord[] = []
    await runLoad({
      target: server.target(protocol),
      requests: [
        { id: 'a', path: '/v1/completions', body: { prompt: 'one two', max_tokens: 5 }, expectedCompletionTokens: 5 },
      ],
      schedule: { kind: 'closed loop', concurrency: 1 },
      batch: 0,
      onRecord: record => records.push(record),
    })
    expect(records).toMatchObject([
      { state: 'completed', promptTokens: 2, completionTokens: 5, ttfotMs: expect.any(Number) },
    ])
  })
})

test.each(protocols)(
  'over %s tokens and requests are those of the ledger, and connections are kept',
  async protocol => {
    await using fast = await startFaultServer({ ttftMs: 0, tokensPerSecond: null, stream: { eventsPerWrite: 7 } })
    const records: RequestRecord[] = []
    await runLoad({
      target: fast.target(protocol),
      requests: requestsOf(200, { tokens: 50 }),
      schedule: { kind: 'closed loop', concurrency: 8 },
      batch: 0,
      onRecord: record => records.push(record),
    })
    const ledger = await fast.ledger()
    expect(ledger.entries.map(entry => entry.id).toSorted()).toEqual(records.map(record => record.id).toSorted())
    expect(ledger.entries.every(entry => entry.outcome === 'finished' && entry.writtenAtMs.length === 50)).toBe(true)
    expect(records.every(record => record.state === 'completed' && record.arrivalsMs.length === 50)).toBe(true)
    expect(ledger.connections).toBe(8)
  },
)

test('abort ends what is outstanding, and the engine is told', async () => {
  await using slow = await startFaultServer({ ttftMs: 1, tokensPerSecond: 10 })
  await using client = new StreamClient({ target: slow.target(), connections: 1 })
  const running = client.send(prepareRequest(requestOf('a', { tokens: 1000 }), slow.target()), {
    batch: 0,
    chunk: 0,
    scheduledAtMs: 0,
  })
  await expect.poll(async () => (await slow.ledger()).entries[0]?.writtenAtMs.length ?? 0).toBeGreaterThan(0)
  client.abort('enough')
  expect(await running).toMatchObject({ state: 'failed', failure: 'aborted', message: 'enough' })
  await expect.poll(async () => (await slow.ledger()).entries[0]?.outcome).toBe('client gone')
})

/** Answers every connection's first bytes with the same bytes. */
async function rawServer(answer: string): Promise<{ origin: string } & AsyncDisposable> {
  const raw = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', () => socket.write(answer))
  })
  await new Promise<void>(resolve => raw.listen(0, '127.0.0.1', resolve))
  const address = raw.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    origin: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: () => new Promise(resolve => void raw.close(() => resolve())),
  }
}
