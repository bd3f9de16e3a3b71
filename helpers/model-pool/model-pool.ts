import { BadInputError, CouldNotMeasureError, ModelMissingError } from '../errors.ts'
import { formatQuantity } from '../units.ts'
import type { ModelBackend } from './model-backend.ts'
import type { PoolMetrics } from './pool-metrics.ts'
import { PoolRefusal } from './pool-refusal.ts'

/** The longest that a timer can be set to. */
const LONGEST_WAIT_MS = 2 ** 31 - 1

/** What a pool has room for: models of so many bytes together, or one model whatever it takes. */
export type Room = { kind: 'bytes'; budgetBytes: number } | { kind: 'one model' }

/** How many requests may wait for room, at least 1, and each of them for how long. */
export interface QueueLimits {
  requests: number
  waitMs: number
}

export interface ModelPoolOptions {
  backend: ModelBackend
  room: Room
  queue: QueueLimits
}

/** While it is held its model is loaded and stays so. Its end may be told more than once. */
export interface Lease extends AsyncDisposable {
  readonly name: string
  /** The model was loaded when this request's turn came. */
  readonly isHit: boolean
  /** From acquire() to the lease: in the queue, and for the load. */
  readonly waitedMs: number
}

/** A model that takes room. */
interface Resident {
  readonly name: string
  state: 'loading' | 'loaded' | 'unloading'
  /** Reserved, and once it is loaded what it was measured to take. */
  bytes: number
  /** Leases, and requests that wait for its load. */
  users: number
  /** Settles with its load. */
  ready: Promise<void>
}

interface Admission {
  resident: Resident
  isHit: boolean
}

/** A request that waits for room. */
interface Waiting {
  readonly name: string
  admit(admission: Admission): void
  refuse(reason: unknown): void
}

/**
 * Models of one engine within a budget. A model is loaded when it is asked for, once for all that ask meanwhile; room for
 * it is made by unloading idle models, the least recently used first, until it suffices and no further. A model with a
 * lease is never unloaded.
 *
 * Who waits for room is served strictly in order, so no stream of small models starves a large one. A request for a loaded
 * model passes those who wait unless the first of them waits for leases to end, because then it would prolong that wait.
 * A request that holds a lease and asks for a second one can wait for itself: the limit of the waiting time ends that.
 */
export class ModelPool implements AsyncDisposable {
  readonly #backend: ModelBackend
  readonly #room: Room
  readonly #queue: QueueLimits
  /** Least recently used first. */
  readonly #residents = new Map<string, Resident>()
  readonly #waiting: Waiting[] = []
  /** As estimated, and once a model was loaded as measured. */
  readonly #bytes: Map<string, number>
  readonly #counts = {
    requests: 0,
    hits: 0,
    misses: 0,
    refused: 0,
    loads: 0,
    failedLoads: 0,
    bytesLoaded: 0,
    evictions: 0,
    failedUnloads: 0,
    overruns: 0,
    waitedMs: 0,
    longestWaitMs: 0,
    peakBytes: 0,
    leases: 0,
  }
  /** The first that waits needs a lease to end; otherwise its room is on its way. */
  #waitsForLeases = false
  #closing: Promise<void> | null = null
  #drained: (() => void) | null = null

  /** @throws BadInputError for a budget or a queue of nothing. */
  constructor({ backend, room, queue }: ModelPoolOptions) {
    if (room.kind === 'bytes' && !(room.budgetBytes > 0))
      throw new BadInputError(`making a model pool: its budget is ${room.budgetBytes} bytes; it must be more than 0.`)
    if (!(queue.requests >= 1 && queue.waitMs > 0 && queue.waitMs <= LONGEST_WAIT_MS))
      throw new BadInputError(
        `making a model pool: its queue lets ${queue.requests} requests wait for ${queue.waitMs} ms; ` +
          `it takes at least 1 request and more than 0 up to ${LONGEST_WAIT_MS} ms.`,
      )
    this.#backend = backend
    this.#room = room
    this.#queue = queue
    this.#bytes = new Map(backend.estimatedBytes)
  }

  /**
   * Resolves when the model is loaded and stays so for the lease. The load itself is not ended by the signal, nor limited
   * by the waiting time, because others may want the model too.
   *
   * @throws ModelMissingError for a model that the pool does not know; PoolRefusal for one that is too large for the whole
   * budget, for a queue that is full, for a wait that was too long and for a closed pool; what the backend threw when the
   * load failed; the signal's reason.
   */
  async acquire(name: string, { signal }: { signal?: AbortSignal } = {}): Promise<Lease> {
    const askedAtMs = performance.now()
    this.#counts.requests++
    signal?.throwIfAborted()
    this.#refuseImpossible(name)
    const { resident, isHit } = await this.#admission(name, signal)
    try {
      await untilAborted(resident.ready, signal)
    } catch (error) {
      this.#release(resident)
      throw error
    }
    const waitedMs = performance.now() - askedAtMs
    const counts = this.#counts
    counts[isHit ? 'hits' : 'misses']++
    counts.waitedMs += waitedMs
    counts.longestWaitMs = Math.max(counts.longestWaitMs, waitedMs)
    counts.leases++
    let isHeld = true
    const end = async (): Promise<void> => {
      if (!isHeld) return
      isHeld = false
      counts.leases--
      this.#release(resident)
    }
    return { name, isHit, waitedMs, [Symbol.asyncDispose]: end }
  }

  metrics(): PoolMetrics {
    return {
      ...this.#counts,
      residentBytes: this.#held(({ bytes }) => bytes),
      loadsInFlight: this.#residents
        .values()
        .filter(({ state }) => state === 'loading')
        .toArray().length,
      waiting: this.#waiting.length,
    }
  }

  /** Refuses who waits and who comes, waits for the leases to end, and unloads everything. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #refuseImpossible(name: string): void {
    if (!this.#bytes.has(name)) {
      this.#counts.refused++
      throw new ModelMissingError(
        `The pool knows no model ${name}. It knows: ${[...this.#bytes.keys()].join(', ') || 'none'}.`,
      )
    }
    if (this.#closing !== null) throw this.#refusal('closed', `${name} was refused: the pool is closed.`)
    const tooLarge = this.#tooLarge(name)
    if (tooLarge !== null) throw tooLarge
  }

  #tooLarge(name: string): PoolRefusal | null {
    const bytes = this.#bytes.get(name) ?? 0
    if (this.#room.kind === 'one model' || bytes <= this.#room.budgetBytes) return null
    const { budgetBytes } = this.#room
    return this.#refusal(
      'budget',
      `${name} cannot be loaded: it takes ${inBytes(bytes)}, and the pool's whole budget is ${inBytes(budgetBytes)}, ` +
        `${inBytes(bytes - budgetBytes)} too little. Raise the budget, or choose a smaller model or quantisation.`,
    )
  }

  #admission(name: string, signal: AbortSignal | undefined): Promise<Admission> {
    const resident = this.#residents.get(name)
    const isThere = resident !== undefined && resident.state !== 'unloading'
    if (isThere && (this.#waiting.length === 0 || !this.#waitsForLeases)) return Promise.resolve(this.#use(resident))
    const { requests, waitMs } = this.#queue
    if (this.#waiting.length >= requests)
      throw this.#refusal(
        'queue length',
        `${name} was refused: ${requests} requests wait for room already, the most that this pool lets wait. ${this.#account()}`,
      )
    return new Promise((resolve, reject) => {
      const settled = new AbortController()
      const waiting: Waiting = {
        name,
        admit: admission => {
          settled.abort()
          resolve(admission)
        },
        refuse: reason => {
          settled.abort()
          reject(reason)
        },
      }
      const tooLong = () => {
        const waited = formatQuantity(waitMs, 'ms')
        this.#turnAway(
          waiting,
          this.#refusal(
            'waiting time',
            `${name} was refused: it waited ${waited} for room, the longest that this pool lets a request wait. ${this.#account()}`,
          ),
        )
      }
      const timer = setTimeout(tooLong, waitMs)
      settled.signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
      signal?.addEventListener('abort', () => this.#turnAway(waiting, signal.reason), { signal: settled.signal })
      this.#waiting.push(waiting)
      this.#serve()
    })
  }

  /** Admits who waits, in order, as far as there is room; makes room for the first that there is none for. */
  #serve(): void {
    if (this.#closing === null) this.#shed()
    this.#waitsForLeases = false
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      // It may have been loaded since it was asked for, and have turned out larger than was estimated.
      const tooLarge = this.#residents.has(first.name) ? null : this.#tooLarge(first.name)
      const admission = tooLarge ?? this.#admit(first)
      if (admission === null) return
      this.#waiting.shift()
      if (admission instanceof PoolRefusal) first.refuse(admission)
      else first.admit(admission)
    }
    if (this.#residents.values().every(isIdle)) this.#drained?.()
  }

  #admit(waiting: Waiting): Admission | null {
    const { name } = waiting
    const known = this.#residents.get(name)
    if (known !== undefined && known.state !== 'unloading') return this.#use(known)
    const bytes = this.#bytes.get(name) ?? 0
    const free = this.#capacity() - this.#held(resident => this.#share(resident.bytes))
    if (known === undefined && this.#share(bytes) <= free) return this.#use(this.#load(name, bytes))
    const victims = this.#leastRecentlyUsed(this.#share(bytes) + this.#excess())
    this.#waitsForLeases = victims === null
    for (const victim of victims ?? []) this.#evict(victim, waiting)
    return null
  }

  /** Idle models to unload for so much room; null where all of them are not enough. */
  #leastRecentlyUsed(room: number): Resident[] | null {
    const victims: Resident[] = []
    let missing = room
    for (const resident of this.#idle()) {
      if (missing <= 0) break
      victims.push(resident)
      missing -= this.#share(resident.bytes)
    }
    return missing > 0 ? null : victims
  }

  /** Counts the request as a user at once, so that nothing may unload the model in between. */
  #use(resident: Resident): Admission {
    resident.users++
    this.#touch(resident)
    return { resident, isHit: resident.state === 'loaded' }
  }

  #release(resident: Resident): void {
    resident.users--
    this.#touch(resident)
    this.#serve()
  }

  /** To the end of the order of use; not one that is gone since its load failed. */
  #touch(resident: Resident): void {
    const { name } = resident
    if (this.#residents.get(name) !== resident) return
    this.#residents.delete(name)
    this.#residents.set(name, resident)
  }

  #load(name: string, bytes: number): Resident {
    const resident: Resident = { name, state: 'loading', bytes, users: 0, ready: Promise.resolve() }
    this.#residents.set(name, resident)
    this.#counts.loads++
    this.#counts.bytesLoaded += bytes
    this.#notePeak()
    resident.ready = this.#loadInto(resident)
    // Who waits for it hears of a failure; when all of them were aborted nobody does, and it is counted.
    resident.ready.catch(() => {})
    return resident
  }

  async #loadInto(resident: Resident): Promise<void> {
    const { name } = resident
    try {
      const found = await this.#backend.load(name)
      resident.state = 'loaded'
      if (found.state === 'measured') this.#correct(resident, found.value)
    } catch (error) {
      this.#residents.delete(name)
      this.#counts.failedLoads++
      this.#counts.bytesLoaded -= resident.bytes
      throw error
    } finally {
      this.#serve()
    }
  }

  /** What was measured takes the place of the estimate. */
  #correct(resident: Resident, bytes: number): void {
    this.#counts.bytesLoaded += bytes - resident.bytes
    resident.bytes = bytes
    this.#bytes.set(resident.name, bytes)
    this.#notePeak()
    if (this.#excess() > 0) this.#counts.overruns++
  }

  /** How much more is held than there is room for, what is being unloaded left out. */
  #excess(): number {
    const staying = ({ state, bytes }: Resident) => (state === 'unloading' ? 0 : this.#share(bytes))
    return this.#held(staying) - this.#capacity()
  }

  /** Models turned out larger than was estimated: idle ones make room, as far as they can. */
  #shed(): void {
    for (const idle of this.#idle()) {
      if (this.#excess() <= 0) return
      this.#evict(idle, null)
    }
  }

  /** `waiting` is for whom, and hears of a failure. */
  #evict(resident: Resident, waiting: Waiting | null): void {
    resident.state = 'unloading'
    this.#counts.evictions++
    void this.#unload(resident).then(
      () => {
        this.#residents.delete(resident.name)
        this.#serve()
      },
      cause => {
        resident.state = 'loaded'
        this.#counts.failedUnloads++
        const message = `${waiting?.name} waits for room, and ${resident.name} could not be unloaded for it: ${cause}`
        if (waiting !== null) this.#turnAway(waiting, new CouldNotMeasureError(message, { cause }))
        // Otherwise it is tried again when something else happens, not at once and for ever.
        else if (this.#closing !== null) this.#serve()
      },
    )
  }

  async #unload({ name }: Resident): Promise<void> {
    await this.#backend.unload(name)
  }

  /** Takes a request out of the queue, if it is still there. */
  #turnAway(waiting: Waiting, reason: unknown): void {
    const index = this.#waiting.indexOf(waiting)
    if (index >= 0) this.#waiting.splice(index, 1)
    waiting.refuse(reason)
    this.#serve()
  }

  async #close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#drained = resolve
    for (const waiting of [...this.#waiting])
      this.#turnAway(waiting, this.#refusal('closed', `${waiting.name} was refused: the pool was closed.`))
    this.#serve()
    await promise
    for (const resident of [...this.#residents.values()]) {
      await this.#unload(resident)
      this.#residents.delete(resident.name)
    }
  }

  #refusal(limit: PoolRefusal['limit'], message: string): PoolRefusal {
    this.#counts.refused++
    return new PoolRefusal(limit, message)
  }

  #capacity(): number {
    return this.#room.kind === 'bytes' ? this.#room.budgetBytes : 1
  }

  /** What a model takes of the room. */
  #share(bytes: number): number {
    return this.#room.kind === 'bytes' ? bytes : 1
  }

  /** The least recently used first. */
  #idle(): Resident[] {
    return [...this.#residents.values()].filter(isIdle)
  }

  #held(size: (resident: Resident) => number): number {
    return this.#residents.values().reduce((sum, resident) => sum + size(resident), 0)
  }

  #notePeak(): void {
    this.#counts.peakBytes = Math.max(
      this.#counts.peakBytes,
      this.#held(({ bytes }) => bytes),
    )
  }

  /** Who has the room, for a refusal. */
  #account(): string {
    const residents = [...this.#residents.values()].map(
      ({ name, state, bytes, users }) =>
        `${name} ${inBytes(bytes)} (${state === 'loaded' ? (users > 0 ? `${users} in use` : 'idle') : state})`,
    )
    const of = this.#room.kind === 'bytes' ? `${inBytes(this.#room.budgetBytes)} of room` : 'The room for one model'
    return `${of}: ${residents.join(', ') || 'empty'}.`
  }
}

const isIdle = ({ state, users }: Resident): boolean => state === 'loaded' && users === 0

const inBytes = (bytes: number): string => formatQuantity(bytes, 'bytes')

/** @throws the signal's reason as soon as it is aborted, whatever becomes of the promise. */
async function untilAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([promise, aborted.promise])
    signal.throwIfAborted()
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
