/**
 * Many requests at once on a schedule that is drawn: what ends next, a load, an unload, a lease, or a request's patience,
 * is chance. An auditor who knows nothing of the pool's inside follows every event.
 */
import { expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { seededRandom } from '../statistics/index.ts'
import { settled } from './fake-backend.ts'
import { type Lease, type ModelBackend, ModelPool } from './index.ts'

type Occurrence =
  | 'load begins'
  | 'load ends'
  | 'load fails'
  | 'unload begins'
  | 'unload ends'
  | 'lease begins'
  | 'lease ends'

/** Writes down what must never happen. */
class Auditor {
  readonly complaints: string[] = []
  readonly #bytes: Record<string, number>
  readonly #budgetBytes: number
  readonly #states = new Map<string, 'loading' | 'loaded' | 'unloading'>()
  readonly #leases = new Map<string, number>()
  mostBytes = 0

  constructor(bytes: Record<string, number>, budgetBytes: number) {
    this.#bytes = bytes
    this.#budgetBytes = budgetBytes
  }

  see(occurrence: Occurrence, name: string): void {
    const state = this.#states.get(name)
    const leases = this.#leases.get(name) ?? 0
    const must = (isSo: boolean) => {
      if (!isSo) this.complaints.push(`${occurrence} of ${name}, which is ${state ?? 'not there'}, ${leases} leases`)
    }
    switch (occurrence) {
      case 'load begins':
        must(state === undefined)
        this.#states.set(name, 'loading')
        break
      case 'load ends':
        must(state === 'loading')
        this.#states.set(name, 'loaded')
        break
      case 'load fails':
        must(state === 'loading')
        this.#states.delete(name)
        break
      case 'unload begins':
        must(state === 'loaded' && leases === 0)
        this.#states.set(name, 'unloading')
        break
      case 'unload ends':
        must(state === 'unloading')
        this.#states.delete(name)
        break
      case 'lease begins':
        must(state === 'loaded')
        this.#leases.set(name, leases + 1)
        break
      case 'lease ends':
        must(state === 'loaded' && leases > 0)
        this.#leases.set(name, leases - 1)
    }
    const held = [...this.#states.keys()].reduce((sum, each) => sum + (this.#bytes[each] ?? 0), 0)
    this.mostBytes = Math.max(this.mostBytes, held)
    if (held > this.#budgetBytes) this.complaints.push(`${held} bytes are held of ${this.#budgetBytes}`)
  }
}

const bytes = { a: 10, b: 10, c: 10, d: 25, e: 25, f: 60 }
const names = Object.keys(bytes)
const budgetBytes = 60

interface Outcome {
  auditor: Auditor
  leases: number
  aborted: number
  failed: number
  /** Requests that neither got a lease nor an error. */
  unended: number
  heldAtOnce: number
}

async function simulate(seed: number, requests: number): Promise<Outcome> {
  const random = seededRandom(seed)
  const auditor = new Auditor(bytes, budgetBytes)
  const open: (() => void)[] = []
  const backend: ModelBackend = {
    estimatedBytes: new Map(Object.entries(bytes)),
    load(name) {
      auditor.see('load begins', name)
      return new Promise((resolve, reject) => {
        open.push(() => {
          if (random() < 0.1) {
            auditor.see('load fails', name)
            reject(new Error('no'))
          } else {
            auditor.see('load ends', name)
            resolve(random() < 0.5 ? measured(bytes[name as keyof typeof bytes]) : absent('not looked at'))
          }
        })
      })
    },
    unload(name) {
      auditor.see('unload begins', name)
      return new Promise(resolve => {
        open.push(() => {
          auditor.see('unload ends', name)
          resolve()
        })
      })
    },
  }
  const pool = new ModelPool({ backend, room: { kind: 'bytes', budgetBytes }, queue: { requests, waitMs: 60_000 } })
  const outcome: Outcome = { auditor, leases: 0, aborted: 0, failed: 0, unended: requests, heldAtOnce: 0 }
  const ask = () => {
    const name = names[Math.floor(random() * names.length)] ?? ''
    const impatience = new AbortController()
    if (random() < 0.2) open.push(() => impatience.abort(new Error('impatient')))
    void pool.acquire(name, { signal: impatience.signal }).then(
      (lease: Lease) => {
        auditor.see('lease begins', name)
        outcome.leases++
        outcome.unended--
        outcome.heldAtOnce = Math.max(outcome.heldAtOnce, pool.metrics().leases)
        open.push(() => {
          auditor.see('lease ends', name)
          void lease[Symbol.asyncDispose]()
        })
      },
      (error: Error) => {
        outcome[error.message === 'impatient' ? 'aborted' : 'failed']++
        outcome.unended--
      },
    )
  }
  let asked = 0
  while (asked < requests || open.length > 0) {
    if (asked < requests && (open.length === 0 || random() < 0.45)) {
      asked++
      ask()
    } else {
      const [next] = open.splice(Math.floor(random() * open.length), 1)
      next?.()
    }
    await settled()
  }
  return outcome
}

test('no model is unloaded while it answers, no byte is held beyond the budget, and every request ends', async () => {
  const sum = { leases: 0, aborted: 0, failed: 0, heldAtOnce: 0, mostBytes: 0 }
  for (let seed = 0; seed < 20; seed++) {
    const { auditor, unended, ...counts } = await simulate(seed, 300)
    expect(auditor.complaints, `seed ${seed}`).toEqual([])
    expect(unended, `seed ${seed}`).toBe(0)
    sum.leases += counts.leases
    sum.aborted += counts.aborted
    sum.failed += counts.failed
    sum.heldAtOnce = Math.max(sum.heldAtOnce, counts.heldAtOnce)
    sum.mostBytes = Math.max(sum.mostBytes, auditor.mostBytes)
  }
  // Each way to end was taken often, models were shared and the budget was used up: nothing passed for want of trying.
  expect(sum.leases).toBeGreaterThan(2000)
  expect(sum.aborted).toBeGreaterThan(100)
  expect(sum.failed).toBeGreaterThan(100)
  expect(sum.heldAtOnce).toBeGreaterThan(5)
  expect(sum.mostBytes).toBe(budgetBytes)
})

test.for<{ wrong: string; events: [Occurrence, string][]; complaint: string }>([
  {
    wrong: 'an unload of a model that answers',
    events: [
      ['load begins', 'a'],
      ['load ends', 'a'],
      ['lease begins', 'a'],
      ['unload begins', 'a'],
    ],
    complaint: 'unload begins of a, which is loaded, 1 leases',
  },
  {
    wrong: 'two loads of one model',
    events: [
      ['load begins', 'a'],
      ['load begins', 'a'],
    ],
    complaint: 'load begins of a, which is loading, 0 leases',
  },
  {
    wrong: 'a lease on a model that is not there yet',
    events: [
      ['load begins', 'a'],
      ['lease begins', 'a'],
    ],
    complaint: 'lease begins of a, which is loading, 0 leases',
  },
  {
    wrong: 'a load before the unload that makes room for it has ended',
    events: [
      ['load begins', 'f'],
      ['load ends', 'f'],
      ['unload begins', 'f'],
      ['load begins', 'a'],
    ],
    complaint: '70 bytes are held of 60',
  },
])('the auditor complains of $wrong', ({ events, complaint }) => {
  const auditor = new Auditor(bytes, budgetBytes)
  for (const [occurrence, name] of events) auditor.see(occurrence, name)
  expect(auditor.complaints).toEqual([complaint])
})
