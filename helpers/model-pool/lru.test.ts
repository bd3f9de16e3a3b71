/**
 * The pool against an independent simulation. The pool keeps an order of use; the simulation keeps none: it looks up in
 * the history of requests when each model was wanted last, and throws out one model after the other.
 */
import { expect, test } from 'vitest'
import { seededRandom } from '../statistics/index.ts'
import { instantBackend } from './fake-backend.ts'
import { ModelPool, swapServer, zipfTrace } from './index.ts'

interface Case {
  bytes: Record<string, number>
  budgetBytes: number
  trace: string[]
}

/** Sizes from 1 to 100, a budget that holds the largest and not all of them. */
function drawCase(seed: number): Case {
  const random = seededRandom(seed)
  const whole = (from: number, to: number) => from + Math.floor(random() * (to - from + 1))
  const names = Array.from({ length: whole(2, 12) }, (_, i) => `m${i}`)
  const bytes = Object.fromEntries(names.map(name => [name, whole(1, 100)]))
  const values = Object.values(bytes)
  const sum = values.reduce((total, value) => total + value, 0)
  const budgetBytes = whole(Math.max(...values), sum)
  return { bytes, budgetBytes, trace: zipfTrace({ models: names, exponent: random() * 1.5, length: 2000, seed }) }
}

/** Which of the models inside goes first. */
type Victim = (inside: readonly string[], history: readonly string[]) => string

const leastRecentlyUsed: Victim = (inside, history) => {
  const ages = inside.map(name => history.length - history.lastIndexOf(name))
  return inside[ages.indexOf(Math.max(...ages))] ?? ''
}

function simulate({ bytes, budgetBytes, trace }: Case, victim: Victim): string[] {
  const log: string[] = []
  const history: string[] = []
  let inside: string[] = []
  for (const name of trace) {
    if (!inside.includes(name)) {
      const total = () => [...inside, name].map(each => bytes[each] ?? 0).reduce((sum, each) => sum + each, 0)
      while (total() > budgetBytes) {
        const gone = victim(inside, history)
        inside = inside.filter(each => each !== gone)
        log.push(`unload ${gone}`)
      }
      inside = [...inside, name]
      log.push(`load ${name}`)
    }
    history.push(name)
  }
  return log
}

async function run({ bytes, budgetBytes, trace }: Case): Promise<string[]> {
  const backend = instantBackend(bytes)
  const pool = new ModelPool({
    backend,
    room: { kind: 'bytes', budgetBytes },
    queue: { requests: 1, waitMs: 1000 },
  })
  for (const name of trace) {
    await using _lease = await pool.acquire(name)
  }
  return [...backend.asked]
}

const seeds = Array.from({ length: 40 }, (_, seed) => seed)

test('on long traces the pool loads and unloads what a simulation of LRU does, in its order', async () => {
  let unloads = 0
  for (const seed of seeds) {
    const drawn = drawCase(seed)
    const expected = simulate(drawn, leastRecentlyUsed)
    expect(await run(drawn), `seed ${seed}`).toEqual(expected)
    unloads += expected.filter(line => line.startsWith('unload')).length
  }
  // The cases are not trivial: thousands of models were thrown out.
  expect(unloads).toBeGreaterThan(10_000)
})

test.for<{ rule: string; victim: Victim }>([
  { rule: 'first in, first out', victim: inside => inside[0] ?? '' },
  {
    rule: 'most recently used',
    victim: (inside, history) => {
      const uses = inside.map(name => history.lastIndexOf(name))
      return inside[uses.indexOf(Math.max(...uses))] ?? ''
    },
  },
  {
    rule: 'least often used',
    victim: (inside, history) => {
      const uses = inside.map(name => history.filter(each => each === name).length)
      return inside[uses.indexOf(Math.min(...uses))] ?? ''
    },
  },
])('a simulation of "$rule" is told from it on these traces', async ({ victim }) => {
  const drawn = drawCase(3)
  expect(await run(drawn)).not.toEqual(simulate(drawn, victim))
})

test('a swap server is that simulation with room for one', async () => {
  const { bytes, trace } = drawCase(5)
  const backend = instantBackend(bytes)
  const server = swapServer(backend, { requests: 1, waitMs: 1000 })
  for (const name of trace) {
    await using _lease = await server.acquire(name)
  }
  const alike = Object.fromEntries(Object.keys(bytes).map(name => [name, 1]))
  expect(backend.asked).toEqual(simulate({ bytes: alike, budgetBytes: 1, trace }, leastRecentlyUsed))
})
