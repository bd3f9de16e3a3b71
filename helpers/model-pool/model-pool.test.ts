import { describe, expect, test, vi } from 'vitest'
import { BadInputError, CouldNotMeasureError, ModelMissingError } from '../errors.ts'
import { measured } from '../measured.ts'
import { FakeBackend, settled } from './fake-backend.ts'
import { type Lease, ModelPool, type PoolRefusal, type QueueLimits, swapServer } from './index.ts'

const GIB = 2 ** 30
const queue: QueueLimits = { requests: 10, waitMs: 60_000 }

function poolOf(gibibytes: Record<string, number>, budgetGibibytes: number, limits: Partial<QueueLimits> = {}) {
  const backend = new FakeBackend(Object.fromEntries(Object.entries(gibibytes).map(([name, n]) => [name, n * GIB])))
  const room = { kind: 'bytes', budgetBytes: budgetGibibytes * GIB } as const
  return { backend, pool: new ModelPool({ backend, room, queue: { ...queue, ...limits } }) }
}

/** The plan's sizes: five small ones fit, or a large one and two small ones. */
const sizes = { large: 2.9, small1: 0.9, small2: 0.9, small3: 0.9, small4: 0.9, small5: 0.9, small6: 0.9 }

/** With its load ended, if it needs one. */
async function leased({ pool, backend }: ReturnType<typeof poolOf>, name: string): Promise<Lease> {
  const lease = pool.acquire(name)
  await settled()
  if (backend.open.includes(`load ${name}`)) await backend.end(`load ${name}`)
  return lease
}

async function used(setup: ReturnType<typeof poolOf>, ...names: string[]): Promise<void> {
  for (const name of names) await (await leased(setup, name))[Symbol.asyncDispose]()
}

const end = (lease: Lease): PromiseLike<void> => lease[Symbol.asyncDispose]()

describe('a lease', () => {
  test('comes when the model is loaded, and is a hit the next time', async () => {
    const { pool, backend } = poolOf(sizes, 5)
    const asked = pool.acquire('large')
    await settled()
    expect(backend.open).toEqual(['load large'])
    expect(pool.metrics()).toMatchObject({ leases: 0, loadsInFlight: 1, residentBytes: 2.9 * GIB })
    await backend.end('load large')
    expect(await asked).toMatchObject({ name: 'large', isHit: false })
    expect(await pool.acquire('large')).toMatchObject({ isHit: true })
    expect(pool.metrics()).toMatchObject({ requests: 2, hits: 1, misses: 1, loads: 1, leases: 2, loadsInFlight: 0 })
  })

  test('that ends twice ends once', async () => {
    const setup = poolOf(sizes, 5)
    const [first, second] = [await leased(setup, 'small1'), await leased(setup, 'small1')]
    await end(first)
    await end(first)
    expect(setup.pool.metrics()).toMatchObject({ leases: 1 })
    await end(second)
    expect(setup.pool.metrics()).toMatchObject({ leases: 0 })
  })

  test('tells how long it waited, and the pool adds it up', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      const { pool, backend } = poolOf(sizes, 5)
      const asked = pool.acquire('large')
      vi.advanceTimersByTime(400)
      await backend.end('load large')
      expect(await asked).toMatchObject({ waitedMs: 400 })
      expect(await pool.acquire('large')).toMatchObject({ waitedMs: 0 })
      expect(pool.metrics()).toMatchObject({ waitedMs: 400, longestWaitMs: 400 })
    } finally {
      vi.useRealTimers()
    }
  })

  test('of a model that several ask for at once costs one load, and is a miss for each of them', async () => {
    const { pool, backend } = poolOf(sizes, 5)
    const asked = ['small1', 'small1', 'small1'].map(name => pool.acquire(name))
    await settled()
    await backend.end('load small1')
    expect((await Promise.all(asked)).map(({ isHit }) => isHit)).toEqual([false, false, false])
    expect(backend.asked).toEqual(['load small1'])
    expect(pool.metrics()).toMatchObject({ loads: 1, misses: 3, bytesLoaded: 0.9 * GIB })
  })
})

describe('room', () => {
  test('is made by the least recently used idle model, and by no more than are needed', async () => {
    const setup = poolOf(sizes, 5)
    await used(setup, 'small1', 'small2', 'small3', 'small4', 'small5', 'small1')
    const asked = setup.pool.acquire('small6')
    await settled()
    expect(setup.backend.open).toEqual(['unload small2'])
    // Its memory is not free before it is gone.
    expect(setup.pool.metrics().residentBytes).toBeCloseTo(4.5 * GIB)
    await setup.backend.end('unload small2')
    expect(setup.backend.open).toEqual(['load small6'])
    await setup.backend.end('load small6')
    await asked
    expect(setup.pool.metrics()).toMatchObject({ evictions: 1, loads: 6, peakBytes: 4.5 * GIB })
  })

  test('for a large model takes as many small ones as it needs', async () => {
    const setup = poolOf(sizes, 5)
    await used(setup, 'small1', 'small2', 'small3', 'small4', 'small5')
    void setup.pool.acquire('large')
    await settled()
    // 5 − 4.5 = 0.5 are free; 2.4 more take three of 0.9.
    expect(setup.backend.open).toEqual(['unload small1', 'unload small2', 'unload small3'])
  })

  test('is not made from a model with a lease, however long ago it was used', async () => {
    const setup = poolOf(sizes, 5)
    const busy = await leased(setup, 'small1')
    await used(setup, 'small2', 'small3', 'small4', 'small5')
    void setup.pool.acquire('small6')
    await settled()
    expect(setup.backend.open).toEqual(['unload small2'])
    await end(busy)
  })

  test('waits for leases where idle models are not enough, and then nothing is unloaded for nothing', async () => {
    const setup = poolOf(sizes, 5)
    const [first, second, third] = [
      await leased(setup, 'small1'),
      await leased(setup, 'small2'),
      await leased(setup, 'small3'),
    ]
    await used(setup, 'small4', 'small5')
    void setup.pool.acquire('large')
    await settled()
    expect(setup.backend.open).toEqual([])
    expect(setup.pool.metrics()).toMatchObject({ waiting: 1, evictions: 0 })
    await end(second)
    await settled()
    // Used until now: the last of the three to go.
    expect(setup.backend.open).toEqual(['unload small4', 'unload small5', 'unload small2'])
    await end(first)
    await end(third)
  })

  test('a model that is being unloaded and is wanted again is loaded again, after it is gone', async () => {
    const setup = poolOf(sizes, 2)
    await used(setup, 'small1', 'small2')
    const [third, again] = [setup.pool.acquire('small3'), setup.pool.acquire('small1')]
    await settled()
    expect(setup.backend.open).toEqual(['unload small1'])
    await setup.backend.end('unload small1')
    expect(setup.backend.open).toEqual(['load small3', 'unload small2'])
    await setup.backend.end('unload small2')
    await setup.backend.end('load small3')
    await setup.backend.end('load small1')
    expect(await third).toMatchObject({ isHit: false })
    expect(await again).toMatchObject({ isHit: false })
  })
})

describe('order', () => {
  test('a large model that waits for leases is not starved by requests for loaded small ones', async () => {
    const setup = poolOf(sizes, 3)
    const running = await leased(setup, 'small1')
    const large = setup.pool.acquire('large')
    await settled()
    // Such a stream would keep small1 in use for ever.
    const later = setup.pool.acquire('small1')
    await settled()
    expect(setup.pool.metrics()).toMatchObject({ waiting: 2, leases: 1 })
    await end(running)
    await settled()
    await setup.backend.end('unload small1')
    await setup.backend.end('load large')
    await end(await large)
    await settled()
    await setup.backend.end('unload large')
    await setup.backend.end('load small1')
    expect(await later).toMatchObject({ name: 'small1', isHit: false })
  })

  test('a request for a loaded model passes who waits only for an unload or a load', async () => {
    const setup = poolOf(sizes, 2)
    await used(setup, 'small1', 'small2')
    void setup.pool.acquire('small3')
    await settled()
    expect(setup.backend.open).toEqual(['unload small1'])
    expect(await setup.pool.acquire('small2')).toMatchObject({ isHit: true })
  })

  test('a small model that would fit does not pass a large one that waits', async () => {
    const setup = poolOf(sizes, 3)
    const running = await leased(setup, 'small1')
    void setup.pool.acquire('large')
    void setup.pool.acquire('small2')
    await settled()
    expect(setup.backend.open).toEqual([])
    expect(setup.pool.metrics().waiting).toBe(2)
    await end(running)
    await settled()
    await setup.backend.end('unload small1')
    expect(setup.backend.open).toEqual(['load large'])
  })

  test('models that fit together are loaded together', async () => {
    const { pool, backend } = poolOf(sizes, 5)
    for (const name of ['large', 'small1', 'small2', 'small3']) void pool.acquire(name)
    await settled()
    expect(backend.open).toEqual(['load large', 'load small1', 'load small2'])
    expect(pool.metrics()).toMatchObject({ loadsInFlight: 3, waiting: 1 })
  })
})

describe('a request is refused', () => {
  test('for a model that nobody knows, with those that are known', async () => {
    const { pool } = poolOf({ a: 1, b: 1 }, 5)
    const refusal = await failure(pool.acquire('c'))
    expect(refusal).toBeInstanceOf(ModelMissingError)
    expect(refusal.message).toBe('The pool knows no model c. It knows: a, b.')
    expect(pool.metrics()).toMatchObject({ requests: 1, refused: 1 })
  })

  test('for a model that is larger than the whole budget, with the arithmetic', async () => {
    const { pool, backend } = poolOf({ huge: 8, small: 1 }, 5)
    const refusal = await failure(pool.acquire('huge'))
    expect(refusal).toMatchObject({ limit: 'budget', code: 'PERF_POOL_REFUSED' })
    expect(refusal.message).toBe(
      "huge cannot be loaded: it takes 8.00 GiB, and the pool's whole budget is 5.00 GiB, 3.00 GiB too little. " +
        'Raise the budget, or choose a smaller model or quantisation.',
    )
    expect(backend.asked).toEqual([])
  })

  test('one of exactly the budget is not', async () => {
    expect(await leased(poolOf({ exact: 5 }, 5), 'exact')).toMatchObject({ name: 'exact' })
  })

  test('where as many wait as may, with who has the room', async () => {
    const setup = poolOf(sizes, 3, { requests: 1 })
    const running = await leased(setup, 'small1')
    void setup.pool.acquire('large')
    const refusal = await failure(setup.pool.acquire('small2'))
    expect(refusal).toMatchObject({ limit: 'queue length' })
    expect(refusal.message).toBe(
      'small2 was refused: 1 requests wait for room already, the most that this pool lets wait. ' +
        '3.00 GiB of room: small1 0.90 GiB (1 in use).',
    )
    await end(running)
  })

  test('when it has waited too long, and who waits behind it has its turn', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      const setup = poolOf(sizes, 3, { waitMs: 5000 })
      await leased(setup, 'small1')
      const large = failure(setup.pool.acquire('large'))
      vi.advanceTimersByTime(4999)
      const small = setup.pool.acquire('small2')
      await settled()
      expect(setup.backend.open).toEqual([])
      vi.advanceTimersByTime(1)
      expect(await large).toMatchObject({ limit: 'waiting time' })
      expect((await large).message).toContain('it waited 5.00 s for room')
      await settled()
      await setup.backend.end('load small2')
      expect(await small).toMatchObject({ name: 'small2' })
    } finally {
      vi.useRealTimers()
    }
  })

  test('a load does not count as waiting for room', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      const { pool, backend } = poolOf(sizes, 3, { waitMs: 5000 })
      const asked = pool.acquire('large')
      vi.advanceTimersByTime(60_000)
      await backend.end('load large')
      expect(await asked).toMatchObject({ waitedMs: 60_000 })
    } finally {
      vi.useRealTimers()
    }
  })

  test.for([
    { budgetGibibytes: 0, limits: {} },
    { budgetGibibytes: Number.NaN, limits: {} },
    { budgetGibibytes: 1, limits: { requests: 0 } },
    { budgetGibibytes: 1, limits: { waitMs: 0 } },
    { budgetGibibytes: 1, limits: { waitMs: Number.POSITIVE_INFINITY } },
  ])('a pool of $budgetGibibytes GiB with $limits is refused itself', ({ budgetGibibytes, limits }) => {
    expect(() => poolOf(sizes, budgetGibibytes, limits)).toThrow(BadInputError)
  })
})

describe('what goes wrong', () => {
  test('a load that fails gives its room back, tells all that wait for it, and the next one loads', async () => {
    const setup = poolOf(sizes, 3)
    const asked = [failure(setup.pool.acquire('large')), failure(setup.pool.acquire('large'))]
    const next = setup.pool.acquire('small1')
    await settled()
    expect(setup.backend.open).toEqual(['load large'])
    const broken = new Error('the file is truncated')
    await setup.backend.fail('load large', broken)
    expect(await Promise.all(asked)).toEqual([broken, broken])
    expect(setup.backend.open).toEqual(['load small1'])
    await setup.backend.end('load small1')
    expect(await next).toMatchObject({ name: 'small1' })
    expect(setup.pool.metrics()).toMatchObject({ failedLoads: 1, loads: 2, bytesLoaded: 0.9 * GIB })
  })

  test('a model that could not be loaded is tried again when it is asked for again', async () => {
    const setup = poolOf(sizes, 3)
    const asked = failure(setup.pool.acquire('large'))
    await settled()
    await setup.backend.fail('load large', new Error('no'))
    await asked
    expect(await leased(setup, 'large')).toMatchObject({ isHit: false })
  })

  test('an unload that fails: who waits for the room is told, and the model is still there', async () => {
    const setup = poolOf(sizes, 2)
    await used(setup, 'small1', 'small2')
    const asked = failure(setup.pool.acquire('small3'))
    await settled()
    await setup.backend.fail('unload small1', new Error('the engine does not answer'))
    const error = await asked
    expect(error).toBeInstanceOf(CouldNotMeasureError)
    expect(error.message).toContain('small3 waits for room, and small1 could not be unloaded for it')
    expect(error.message).toContain('the engine does not answer')
    expect(await setup.pool.acquire('small1')).toMatchObject({ isHit: true })
    expect(setup.pool.metrics()).toMatchObject({ failedUnloads: 1, waiting: 0 })
  })
})

describe('what a model really takes', () => {
  test('takes the place of the estimate', async () => {
    const { pool, backend } = poolOf({ a: 3, b: 1 }, 5)
    const asked = pool.acquire('a')
    await settled()
    await backend.end('load a', measured(2 * GIB))
    await asked
    expect(pool.metrics()).toMatchObject({ residentBytes: 2 * GIB, bytesLoaded: 2 * GIB, peakBytes: 3 * GIB })
  })

  test('if that is too much, idle models are unloaded, and it is counted', async () => {
    const setup = poolOf({ a: 1, b: 1, c: 1 }, 3)
    await used(setup, 'a', 'b')
    const asked = setup.pool.acquire('c')
    await settled()
    await setup.backend.end('load c', measured(1.5 * GIB))
    await asked
    expect(setup.backend.open).toEqual(['unload a'])
    expect(setup.pool.metrics()).toMatchObject({ overruns: 1, evictions: 1, peakBytes: 3.5 * GIB })
  })

  test('if all others are in use, the first that is idle goes', async () => {
    const setup = poolOf({ a: 1, b: 1, c: 1 }, 3)
    const [a, b] = [await leased(setup, 'a'), await leased(setup, 'b')]
    const asked = setup.pool.acquire('c')
    await settled()
    await setup.backend.end('load c', measured(1.5 * GIB))
    await asked
    expect(setup.backend.open).toEqual([])
    await end(b)
    await settled()
    expect(setup.backend.open).toEqual(['unload b'])
    await end(a)
    await settled()
    expect(setup.backend.open).toEqual(['unload b'])
  })

  test('a model that turned out larger than the budget is refused the next time, also one that waits already', async () => {
    const setup = poolOf({ a: 3, b: 3 }, 4)
    const first = setup.pool.acquire('a')
    await settled()
    const [other, again] = [setup.pool.acquire('b'), failure(setup.pool.acquire('a'))]
    await settled()
    await setup.backend.end('load a', measured(5 * GIB))
    await end(await first)
    await settled()
    await setup.backend.end('unload a')
    await setup.backend.end('load b')
    await other
    expect(await again).toMatchObject({ limit: 'budget' })
    expect(setup.pool.metrics()).toMatchObject({ overruns: 1 })
  })
})

describe('a signal', () => {
  test('takes a request out of the queue, and the next has its turn', async () => {
    const setup = poolOf(sizes, 3)
    const running = await leased(setup, 'small1')
    const stop = new AbortController()
    const large = failure(setup.pool.acquire('large', { signal: stop.signal }))
    const small = setup.pool.acquire('small2')
    await settled()
    const reason = new Error('the user left')
    stop.abort(reason)
    expect(await large).toBe(reason)
    await settled()
    await setup.backend.end('load small2')
    expect(await small).toMatchObject({ name: 'small2' })
    await end(running)
  })

  test('while the model loads: it stays, idle, for others', async () => {
    const { pool, backend } = poolOf(sizes, 3)
    const stop = new AbortController()
    const asked = failure(pool.acquire('large', { signal: stop.signal }))
    await settled()
    stop.abort(new Error('the user left'))
    expect((await asked).message).toBe('the user left')
    await backend.end('load large')
    expect(await pool.acquire('large')).toMatchObject({ isHit: true })
  })

  test('after the lease has no effect, and before it there is no request', async () => {
    const setup = poolOf(sizes, 3)
    const stop = new AbortController()
    const asked = setup.pool.acquire('small1', { signal: stop.signal })
    await settled()
    await setup.backend.end('load small1')
    const lease = await asked
    stop.abort(new Error('late'))
    await settled()
    expect(setup.pool.metrics().leases).toBe(1)
    await end(lease)
    expect((await failure(setup.pool.acquire('small2', { signal: stop.signal }))).message).toBe('late')
    expect(setup.backend.asked).toEqual(['load small1'])
  })
})

describe('closing', () => {
  test('refuses who waits and who comes, waits for leases, and unloads everything', async () => {
    const setup = poolOf(sizes, 3)
    const running = await leased(setup, 'small1')
    const waiting = failure(setup.pool.acquire('large'))
    await settled()
    const closed = setup.pool.close()
    expect(await waiting).toMatchObject({ limit: 'closed' })
    expect(await failure(setup.pool.acquire('small1'))).toMatchObject({ limit: 'closed' })
    expect(setup.backend.open).toEqual([])
    await end(running)
    await settled()
    expect(setup.backend.open).toEqual(['unload small1'])
    await setup.backend.end('unload small1')
    await closed
    expect(setup.pool.metrics()).toMatchObject({ residentBytes: 0, leases: 0, evictions: 0 })
  })

  test('waits for a load that is under way, and for who waits for it', async () => {
    const { pool, backend } = poolOf(sizes, 3)
    const asked = pool.acquire('large')
    await settled()
    let isClosed = false
    const closed = pool.close().then(() => {
      isClosed = true
    })
    await backend.end('load large')
    const lease = await asked
    expect(isClosed).toBe(false)
    await end(lease)
    await settled()
    await backend.end('unload large')
    await closed
  })

  test('of an empty pool is at once, and of a closed one nothing', async () => {
    const { pool } = poolOf(sizes, 3)
    await pool.close()
    await pool.close()
  })
})

describe('a swap server', () => {
  const server = () => {
    const backend = new FakeBackend({ a: 1, b: 2, huge: 1e15 })
    return { backend, pool: swapServer(backend, queue) }
  }

  test('has one model, whatever it takes, and swaps it for another', async () => {
    const setup = server()
    await used(setup, 'a')
    void setup.pool.acquire('huge')
    await settled()
    expect(setup.backend.open).toEqual(['unload a'])
    await setup.backend.end('unload a')
    expect(setup.backend.open).toEqual(['load huge'])
  })

  test('answers strictly in order: what comes for the active model waits behind a swap', async () => {
    const setup = server()
    const [one, two] = [await leased(setup, 'a'), await leased(setup, 'a')]
    const other = setup.pool.acquire('b')
    const later = setup.pool.acquire('a')
    await end(one)
    await settled()
    expect(setup.backend.open).toEqual([])
    await end(two)
    await settled()
    await setup.backend.end('unload a')
    await setup.backend.end('load b')
    await end(await other)
    await settled()
    await setup.backend.end('unload b')
    await setup.backend.end('load a')
    expect(await later).toMatchObject({ name: 'a', isHit: false })
    expect(setup.pool.metrics()).toMatchObject({ loads: 3, evictions: 2, hits: 1, misses: 3 })
  })
})

async function failure(promise: Promise<unknown>): Promise<Error & Partial<PoolRefusal>> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('it did not fail')
}
