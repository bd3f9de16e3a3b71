import { setTimeout as delay } from 'node:timers/promises'
import { PerfError } from '../errors.ts'
import type { RayCluster } from './cluster.ts'
import { type DriverEvent, EventReader } from './driver-event.ts'
import { errorLines } from './error-lines.ts'
import type { JobCourse, JobEnding } from './job-course.ts'
import { isOver, type JobState, UnansweredError } from './jobs-client.ts'
import { type Replica, replicasAmong } from './replicas.ts'
import { demandsInWords, endInWords, neverGiven, resourcesInWords, totalOf } from './state.ts'

export interface WatchLimits {
  /** A job or an engine that has no place after this has none. */
  waitMs: number
  /** From the submission to the first rows: an engine loads its model, and a real one may be fetched before. */
  startMs: number
  /** Without a row, once there were some. */
  silenceMs: number
}

export const watchLimits: WatchLimits = { waitMs: 60_000, startMs: 30 * 60_000, silenceMs: 15 * 60_000 }

export interface WatchHooks {
  onEvent?(event: DriverEvent): void
  /** All engines are up; called once. */
  onReplicas?(replicas: Replica[]): Promise<void>
  /** What it is doing: `2 engines start`. */
  onState?(words: string): void
  signal?: AbortSignal
}

type WatchedCluster = Pick<RayCluster, 'client' | 'died'>

const POLL_MS = 1_000
/** A head node under load misses an answer; one that is gone misses them all. */
const UNANSWERED_LIMIT_MS = 30_000
const STOP_LIMIT_MS = 60_000
/** The log comes as a whole each time, and may be megabytes: reading it takes a twentieth of the time at most. */
const LOG_PAUSE_SHARE = 19
const LEAST_LOG_PAUSE_MS = 2_000

/** Follows a job that was submitted until nothing more comes of it. Rejects with the signal's reason, the job stopped. */
export async function watchJob(
  cluster: WatchedCluster,
  { id, prefix, replicas }: { id: string; prefix: string; replicas: number },
  hooks: WatchHooks = {},
  limits: WatchLimits = watchLimits,
): Promise<JobCourse> {
  return new JobWatch(cluster, id, new EventReader(prefix), replicas, hooks, limits).course()
}

class JobWatch {
  readonly #cluster: WatchedCluster
  readonly #id: string
  readonly #reader: EventReader
  readonly #wanted: number
  readonly #hooks: WatchHooks
  readonly #limits: WatchLimits
  readonly #submittedAtMs = Date.now()
  readonly #startedAt = performance.now()
  readonly #events: DriverEvent[] = []
  #lastRowsAt: number | null = null
  #areUp = false
  #told = ''
  /** Since when something of it has no place. */
  #waitingSince: number | null = null
  #unansweredSince: number | null = null
  #readAgainAt = 0

  constructor(
    cluster: WatchedCluster,
    id: string,
    reader: EventReader,
    wanted: number,
    hooks: WatchHooks,
    limits: WatchLimits,
  ) {
    this.#cluster = cluster
    this.#id = id
    this.#reader = reader
    this.#wanted = wanted
    this.#hooks = hooks
    this.#limits = limits
  }

  async course(): Promise<JobCourse> {
    const deaths: Error[] = []
    void this.#cluster.died.then(error => deaths.push(error))
    try {
      let ending: JobEnding | null = null
      while (ending === null) {
        this.#hooks.signal?.throwIfAborted()
        const [death] = deaths
        ending = death === undefined ? await this.#look() : { how: 'cluster lost', message: death.message }
        if (ending === null) await delay(POLL_MS)
      }
      if (ending.how !== 'over' && ending.how !== 'cluster lost') await this.#stop()
      return { submittedAtMs: this.#submittedAtMs, events: this.#events, ending }
    } catch (error) {
      await this.#stop()
      throw error
    }
  }

  /** Null while it goes on. */
  async #look(): Promise<JobEnding | null> {
    try {
      const { client } = this.#cluster
      const job = await client.job(this.#id)
      const ending = isOver(job.status)
        ? ({ how: 'over', job, log: await this.#readLog() } as const)
        : ((await this.#lookAtEngines(job)) ?? this.#silence())
      this.#unansweredSince = null
      return ending
    } catch (error) {
      if (!(error instanceof UnansweredError)) throw error
      this.#unansweredSince ??= performance.now()
      if (performance.now() - this.#unansweredSince < UNANSWERED_LIMIT_MS) return null
      return { how: 'cluster lost', message: error.message }
    }
  }

  async #readLog(): Promise<string> {
    const from = performance.now()
    const log = await this.#cluster.client.log(this.#id)
    for (const event of this.#reader.take(log.slice(this.#reader.read))) this.#take(event)
    this.#readAgainAt = performance.now() + Math.max(LEAST_LOG_PAUSE_MS, LOG_PAUSE_SHARE * (performance.now() - from))
    return log
  }

  async #lookAtEngines(job: JobState): Promise<JobEnding | null> {
    const { job_id: rayJobId } = job
    if (rayJobId === null || rayJobId === undefined) return this.#waits(job.status === 'PENDING', 'the job itself')
    const replicas = replicasAmong(await this.#cluster.client.actors(rayJobId))
    // Ray starts one that ended by itself anew, again and again; those that have done their work end without that.
    const lost = replicas.find(({ restarts }) => restarts > 0)
    if (lost !== undefined) {
      return { how: 'engine lost', message: `an engine ended while it worked: ${await this.#whyLost(lost)}` }
    }
    const up = replicas.filter(({ state }) => state === 'up')
    this.#tell(`${up.length} of ${this.#wanted} engines are up`)
    if (up.length >= this.#wanted && !this.#areUp) {
      this.#areUp = true
      await this.#hooks.onReplicas?.(up)
    }
    if (performance.now() >= this.#readAgainAt) await this.#readLog()
    return this.#waits(
      replicas.some(({ state }) => state === 'without a place'),
      'an engine',
    )
  }

  /** In Ray's words, and the last ones in the log that speak of an error. */
  async #whyLost({ pid, death }: Replica): Promise<string> {
    const workers = pid === null ? [] : await this.#cluster.client.workers(pid)
    const said = [death, ...workers.map(endInWords), errorLines(await this.#readLog()).at(-1)]
    return said.filter(words => typeof words === 'string').join('\n') || 'nobody says why'
  }

  async #waits(isWaiting: boolean, what: string): Promise<JobEnding | null> {
    if (!isWaiting) {
      this.#waitingSince = null
      return null
    }
    this.#waitingSince ??= performance.now()
    if (performance.now() - this.#waitingSince < this.#limits.waitMs) return null
    const { client } = this.#cluster
    const [demands, nodes] = [await client.demands(), await client.nodes()]
    // What starts slowly waits for no resources.
    if (demands.length === 0) return null
    const never = neverGiven(demands, nodes)
    const end = never.length > 0 ? `no node of it could ever give ${demandsInWords(never)}` : 'others hold what it has'
    return {
      how: 'waits',
      message: `${what} waits for resources since ${Math.round(this.#limits.waitMs / 1000)} s: ${demandsInWords(demands)}. The cluster has ${resourcesInWords(totalOf(nodes))}; ${end}.`,
    }
  }

  #silence(): JobEnding | null {
    const now = performance.now()
    const [since, limitMs, what] =
      this.#lastRowsAt === null
        ? [this.#startedAt, this.#limits.startMs, 'no row came out']
        : [this.#lastRowsAt, this.#limits.silenceMs, 'no further row came out']
    if (now - since < limitMs) return null
    return { how: 'silent', message: `${what} within ${Math.round(limitMs / 60_000)} min (timed out)` }
  }

  #tell(words: string): void {
    if (this.#areUp || words === this.#told) return
    this.#told = words
    this.#hooks.onState?.(words)
  }

  #take(event: DriverEvent): void {
    this.#events.push(event)
    if (event.event === 'block') this.#lastRowsAt = performance.now()
    this.#hooks.onEvent?.(event)
  }

  /** Resolves when the job is over, as far as that can be seen. One that has no place stays pending when it is stopped. */
  async #stop(): Promise<void> {
    const { client } = this.#cluster
    const startedAt = performance.now()
    try {
      await client.stop(this.#id)
      while (performance.now() - startedAt < STOP_LIMIT_MS) {
        const { status } = await client.job(this.#id)
        if (isOver(status) || status === 'PENDING') return
        await delay(POLL_MS / 2)
      }
    } catch (error) {
      // What the job was stopped for says more; a cluster that is gone has no job either.
      if (!(error instanceof PerfError)) throw error
    }
  }
}
