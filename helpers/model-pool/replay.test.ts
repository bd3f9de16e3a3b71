import { expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { FakeBackend, instantBackend, settled } from './fake-backend.ts'
import { latenciesMs, ModelPool, type Replay, replay, strategyTable, swapServer } from './index.ts'

const queue = { requests: 10, waitMs: 60_000 }
const bytes = { a: 1, b: 1, c: 1 }
const pool = (budgetBytes: number) =>
  new ModelPool({ backend: instantBackend(bytes), room: { kind: 'bytes', budgetBytes }, queue })

test('every request of the trace is sent, in its order, and the pool counts what it did', async () => {
  const asked: string[] = []
  const ask = async (name: string) => {
    asked.push(name)
    return measured(5)
  }
  const trace = ['a', 'b', 'a', 'c', 'a', 'b']
  const { requests, metrics } = await replay({ pool: pool(2), trace, concurrency: 1, ask })
  expect(asked).toEqual(trace)
  // a and b come, a again is there, c takes b's place, a is there, b takes c's.
  expect(requests.map(({ isHit }) => isHit)).toEqual([false, false, true, false, true, false])
  expect(metrics).toMatchObject({ hits: 2, misses: 4, loads: 4, evictions: 2, bytesLoaded: 4 })
  expect(requests[0]?.latencyMs).toEqual(measured(5 + (requests[0]?.waitedMs ?? 0)))
})

test('a request that failed is there without a latency', async () => {
  const ask = async (name: string) => (name === 'b' ? absent('no answer') : measured(5))
  const found = await replay({ pool: pool(3), trace: ['a', 'b'], concurrency: 1, ask })
  expect(found.requests.map(({ latencyMs }) => latencyMs.state)).toEqual(['measured', 'absent'])
  expect(latenciesMs(found)).toHaveLength(1)
})

test('so many run at once', async () => {
  let running = 0
  let most = 0
  const ask = async () => {
    most = Math.max(most, ++running)
    await settled()
    running--
    return measured(1)
  }
  await replay({ pool: pool(3), trace: ['a', 'b', 'c', 'a', 'b', 'c'], concurrency: 3, ask })
  expect(most).toBe(3)
})

test('what the pool throws ends it, and no lease is left', async () => {
  const one = pool(2)
  const found = replay({ pool: one, trace: ['a', 'nobody', 'b'], concurrency: 2, ask: async () => measured(1) })
  await expect(found).rejects.toThrow('knows no model nobody')
  expect(one.metrics().leases).toBe(0)
})

test('a signal ends it while it waits for a load', async () => {
  const backend = new FakeBackend(bytes)
  const stop = new AbortController()
  const found = replay({
    pool: swapServer(backend, queue),
    trace: ['a'],
    concurrency: 1,
    ask: async () => measured(1),
    signal: stop.signal,
  })
  await settled()
  stop.abort(new Error('stopped'))
  await expect(found).rejects.toThrow('stopped')
})

test('a table of two strategies, by hand', () => {
  const metrics = pool(1).metrics()
  const of = (latencies: number[], more: Partial<typeof metrics>): Replay => ({
    requests: latencies.map(ms => ({ model: 'a', isHit: true, waitedMs: 0, latencyMs: measured(ms) })),
    metrics: { ...metrics, ...more },
  })
  const about = { id: 'x', title: 'y', notes: [] }
  const failed = of([], { misses: 1 })
  failed.requests.push({ model: 'a', isHit: false, waitedMs: 1, latencyMs: absent('no') })
  const { columns, rows } = strategyTable(about, [
    { strategy: 'pool', replay: of([100, 200, 300], { hits: 2, misses: 1, loads: 1, bytesLoaded: 2 ** 30 }) },
    { strategy: 'swap server', replay: failed },
  ])
  expect(rows).toEqual([
    ['pool', '3', '0', '66.7 %', '200 ms', '290 ms', '0.00 ms', '1', '0', '1.00 GiB'],
    ['swap server', '1', '1', '0.0 %', '–', '–', '0.00 ms', '0', '0', '0.0 MiB'],
  ])
  expect(rows[0]).toHaveLength(columns.length)
})
