import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BadInputError, CouldNotMeasureError, EngineCrashedError } from '../errors.ts'
import { type FaultServer, type LedgerEntry, startFaultServer } from '../testing/fault-server/index.ts'
import {
  completedIds,
  openRecords,
  type RequestRecord,
  readRecords,
  runLoad,
  StreamClient,
  startClientHealth,
} from './index.ts'
import { collect, requestsOf } from './testing-requests.ts'

let server: FaultServer
beforeAll(async () => {
  server = await startFaultServer({ ttftMs: 5, tokensPerSecond: 1000 })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

/** Most requests that were in the server at the same time: from receipt to the last token's writing. */
function peak(entries: LedgerEntry[]): number {
  const edges = entries.flatMap(entry => [
    { atMs: entry.receivedAtMs, change: 1 },
    { atMs: entry.writtenAtMs.at(-1) ?? entry.receivedAtMs, change: -1 },
  ])
  edges.sort((a, b) => a.atMs - b.atMs)
  let now = 0
  return Math.max(...edges.map(edge => (now += edge.change)))
}

async function ledgerOf(run: () => Promise<unknown>): Promise<LedgerEntry[]> {
  const before = (await server.ledger()).entries.length
  await run()
  return (await server.ledger()).entries.slice(before)
}

describe('closed loop', () => {
  test('keeps its concurrency, sends everything once, in order', async () => {
    const entries = await ledgerOf(() =>
      runLoad({
        target: server.target(),
        requests: requestsOf(40),
        schedule: { kind: 'closed loop', concurrency: 5 },
        batch: 0,
      }),
    )
    expect(new Set(entries.map(entry => entry.id)).size).toBe(40)
    expect(peak(entries)).toBe(5)
  })

  test('takes requests from an async source', async () => {
    async function* source() {
      yield* requestsOf(7)
    }
    const { tally, chunks } = await runLoad({
      target: server.target(),
      requests: source(),
      schedule: { kind: 'closed loop', concurrency: 3 },
      batch: 0,
    })
    expect(tally).toMatchObject({ completed: 7, failed: 0, completionTokens: 56, promptTokens: 14 })
    expect(chunks).toHaveLength(1)
  })
})

describe('chunks', () => {
  test('with a barrier: all of a chunk end before the hook runs, and the hook before the next chunk', async () => {
    const log: string[] = []
    const result = await runLoad({
      target: server.target(),
      requests: requestsOf(10),
      schedule: { kind: 'chunks', size: 4, barrier: true },
      batch: 0,
      onRecord: record => log.push(`chunk ${record.chunk}`),
      betweenChunks: async chunk => {
        log.push(`after ${chunk}`)
        await new Promise(resolve => setImmediate(resolve))
        log.push('hook done')
      },
    })
    const chunk = (index: number, n: number) => [...Array(n).fill(`chunk ${index}`), `after ${index}`, 'hook done']
    expect(log).toEqual([...chunk(0, 4), ...chunk(1, 4), ...chunk(2, 2)])
    expect(result.chunks.map(({ index, completed, failed }) => [index, completed, failed])).toEqual([
      [0, 4, 0],
      [1, 4, 0],
      [2, 2, 0],
    ])
    const [first, second] = result.chunks
    expect(second?.startMs).toBeGreaterThan(first?.endMs ?? Number.POSITIVE_INFINITY)
    expect([result.startMs, result.endMs]).toEqual([first?.startMs, result.chunks.at(-1)?.endMs])
  })

  test('with a barrier the server sees the chunks apart, without one it does not', async () => {
    const run = (barrier: boolean) =>
      ledgerOf(() =>
        runLoad({
          target: server.target(),
          // Longer and shorter requests, so that a slot is free while others work.
          requests: requestsOf(24).map((request, i) => ({
            ...request,
            body: { ...request.body, max_tokens: i % 2 === 0 ? 4 : 40 },
            expectedCompletionTokens: i % 2 === 0 ? 4 : 40,
          })),
          schedule: { kind: 'chunks', size: 8, barrier },
          batch: 0,
        }),
      )
    /** Requests of later chunks that came before the last token of an earlier one. */
    const overlaps = (entries: LedgerEntry[]) =>
      entries.filter((entry, i) =>
        entries.slice(0, Math.floor(i / 8) * 8).some(earlier => (earlier.writtenAtMs.at(-1) ?? 0) > entry.receivedAtMs),
      ).length
    expect(overlaps(await run(true))).toBe(0)
    expect(overlaps(await run(false))).toBeGreaterThan(0)
  })

  test('a request that went through a batch earlier counts as completed', async () => {
    const { chunks, tally } = await runLoad({
      target: server.target(),
      requests: requestsOf(1),
      schedule: { kind: 'chunks', size: 1, barrier: true },
      batch: 0,
      earlier: [
        {
          state: 'batched',
          id: 'earlier',
          batch: 0,
          chunk: 0,
          scheduledAtMs: 1,
          sentAtMs: 1,
          endedAtMs: 5,
          finishReason: 'stop',
          promptTokens: 3,
          completionTokens: 4,
          cachedTokens: null,
        },
      ],
    })
    expect(chunks).toMatchObject([
      { index: 0, completed: 1, failed: 0 },
      { index: 1, completed: 1, failed: 0 },
    ])
    expect(tally).toMatchObject({ completed: 2, completionTokens: 12, ttftMs: [expect.any(Number)] })
  })

  test('without a barrier requests are counted in chunks as they leave, and the hook does not run', async () => {
    const hooks: number[] = []
    const { chunks } = await runLoad({
      target: server.target(),
      requests: requestsOf(10),
      schedule: { kind: 'chunks', size: 4, barrier: false },
      batch: 0,
      betweenChunks: chunk => void hooks.push(chunk),
    })
    expect(chunks.map(chunk => chunk.completed)).toEqual([4, 4, 2])
    expect(hooks).toEqual([])
  })
})

describe('constant rate', () => {
  test('plans absolute times, sends none before its time, and records the delay', async () => {
    const records: RequestRecord[] = []
    await runLoad({
      target: server.target(),
      requests: requestsOf(20),
      schedule: { kind: 'constant rate', requestsPerSecond: 200 },
      batch: 0,
      onRecord: record => records.push(record),
    })
    const times = records.map(record => record.scheduledAtMs).toSorted((a, b) => a - b)
    for (const [i, atMs] of times.entries()) expect(atMs - (times[0] ?? 0)).toBeCloseTo(i * 5, 2)
    expect(records.every(record => record.sentAtMs >= record.scheduledAtMs)).toBe(true)
  })

  test('does not wait for a slow engine', async () => {
    const entries = await ledgerOf(() =>
      runLoad({
        target: server.target(),
        requests: requestsOf(10, { tokens: 200 }),
        schedule: { kind: 'constant rate', requestsPerSecond: 1000 },
        batch: 0,
      }),
    )
    expect(peak(entries)).toBe(10)
  })
})

describe('failures', () => {
  test('are counted by class, and the first is kept', async () => {
    await using faulty = await startFaultServer({ ttftMs: 1, fault: { kind: 'http-500', every: 4 } })
    const { tally, chunks } = await runLoad({
      target: faulty.target(),
      requests: requestsOf(12),
      schedule: { kind: 'chunks', size: 4, barrier: true },
      batch: 0,
    })
    expect(tally).toMatchObject({
      completed: 9,
      failed: 3,
      failures: { 'http-status': 3 },
      firstFailure: 'http-status: HTTP 500: Compute error.',
    })
    expect(chunks.map(chunk => chunk.failed)).toEqual([1, 1, 1])
  })

  test('no request at all is bad input', async () => {
    const run = runLoad({
      target: server.target(),
      requests: [],
      schedule: { kind: 'closed loop', concurrency: 1 },
      batch: 0,
    })
    await expect(run).rejects.toThrow(BadInputError)
  })

  test('an error of the source ends the run', async () => {
    function* source() {
      yield* requestsOf(2)
      throw new BadInputError('line 3')
    }
    const schedule = { kind: 'closed loop', concurrency: 1 } as const
    await expect(runLoad({ target: server.target(), requests: source(), schedule, batch: 0 })).rejects.toThrow('line 3')
  })
})

describe('stopping', () => {
  async function stopped(reason: unknown) {
    const directory = await mkdtemp(join(tmpdir(), 'run-load-'))
    const file = join(directory, 'records.jsonl')
    const stop = new AbortController()
    try {
      await using records = await openRecords(file, { workloadHash: 'w', runId: 'r' })
      const run = runLoad({
        target: server.target(),
        // The second of each pair would take 20 s.
        requests: requestsOf(20).map((request, i) => ({
          ...request,
          body: { ...request.body, max_tokens: i === 1 ? 20_000 : 4 },
          expectedCompletionTokens: i === 1 ? 20_000 : 4,
        })),
        schedule: { kind: 'closed loop', concurrency: 2 },
        batch: 0,
        records,
        signal: stop.signal,
        onRecord: record => {
          if (record.id === 'r9') stop.abort(reason)
        },
      }).catch((error: unknown) => error)
      const error = await run
      await records.close()
      return { error, records: await collect(readRecords(file)), done: await completedIds(file, 'w') }
    } finally {
      await rm(directory, { recursive: true })
    }
  }

  test('records what was finished and what was aborted, and throws', async () => {
    const { error, records, done } = await stopped(new Error('Ctrl-C'))
    expect(error).toBeInstanceOf(CouldNotMeasureError)
    expect(String(error)).toContain('Ctrl-C')
    expect(done).toEqual(new Set(['r0', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9']))
    expect(records.filter(record => record.state === 'failed')).toMatchObject([{ id: 'r1', failure: 'aborted' }])
  })

  test("throws the suite's own errors as they are", async () => {
    const crash = new EngineCrashedError('gone')
    expect((await stopped(crash)).error).toBe(crash)
  })

  test('before the start nothing is sent', async () => {
    const entries = await ledgerOf(async () => {
      const run = runLoad({
        target: server.target(),
        requests: requestsOf(2),
        schedule: { kind: 'closed loop', concurrency: 1 },
        batch: 0,
        signal: AbortSignal.abort(new Error('early')),
      })
      await expect(run).rejects.toThrow('early')
    })
    expect(entries).toEqual([])
  })
})

test('a client that is handed in keeps its connections over several runs', async () => {
  await using own = await startFaultServer({ ttftMs: 1 })
  await using client = new StreamClient({ target: own.target(), connections: 3 })
  for (const batch of [-1, 0, 1]) {
    await runLoad({
      client,
      target: own.target(),
      requests: requestsOf(9),
      schedule: { kind: 'closed loop', concurrency: 3 },
      batch,
    })
  }
  expect((await own.ledger()).connections).toBe(3)
})

test('the health monitor is told of every request', async () => {
  using health = startClientHealth()
  const seen: RequestRecord[] = []
  await runLoad({
    target: server.target(),
    requests: requestsOf(6),
    schedule: { kind: 'chunks', size: 3, barrier: true },
    batch: 0,
    health: { observe: record => void seen.push(record) },
  })
  expect(seen).toHaveLength(6)
  expect(() => health.read()).toThrow(CouldNotMeasureError)
})
