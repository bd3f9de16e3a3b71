import type { CompletionTarget } from '../engines/engine.ts'
import { BadInputError, CouldNotMeasureError, PerfError } from '../errors.ts'
import type { ClientHealthMonitor } from './client-health.ts'
import { messageOf } from './completion-event.ts'
import { type LoadRequest, type PreparedRequest, prepareRequest } from './load-request.ts'
import type { RecordWriter } from './record-writer.ts'
import type { RequestRecord } from './request-record.ts'
import { chunksWithBarrier } from './schedules/chunks.ts'
import { closedLoop } from './schedules/closed-loop.ts'
import { constantRate } from './schedules/constant-rate.ts'
import type { Schedule, ScheduleContext } from './schedules/schedule.ts'
import { StreamClient, type StreamLimits } from './stream-client.ts'
import { Tally, type TallyResult } from './tally.ts'

export interface LoadOptions {
  target: CompletionTarget
  requests: Iterable<LoadRequest> | AsyncIterable<LoadRequest>
  schedule: Schedule
  /** Index of the batch; −1 for a warm-up. */
  batch: number
  /** Whole chunks of this batch that an earlier run has sent: counted as they are, not sent again, not written again. */
  earlier?: readonly RequestRecord[]
  /** Where every record goes as its request ends; null where nobody wants them (a warm-up). */
  records?: RecordWriter | null
  /** Stops the run: what is outstanding ends as `aborted` and is recorded, then `runLoad` throws. */
  signal?: AbortSignal
  limits?: Partial<StreamLimits>
  /** Keeps connections over several runs; without it the run has its own. */
  client?: StreamClient
  /** Takes the schedule delay of every request. */
  health?: Pick<ClientHealthMonitor, 'observe'>
  onRecord?: (record: RequestRecord) => void
  /** Runs after every chunk with a barrier, the last one included: nothing is outstanding, no chunk's time runs. */
  betweenChunks?: (finishedChunk: number) => Promise<void> | void
}

/** A chunk from its first request's sending to its last one's end. */
export interface ChunkTimes {
  index: number
  startMs: number
  endMs: number
  completed: number
  failed: number
}

export interface LoadResult {
  /** From the first request's sending to the last one's end, on the monotonic clock. */
  startMs: number
  endMs: number
  chunks: ChunkTimes[]
  tally: TallyResult
}

/**
 * Sends requests as the schedule wants and adds up what comes back. Failed requests are counted, not thrown.
 *
 * @throws RecordingError when a record cannot be written; what is outstanding is aborted first.
 * @throws BadInputError when there is no request at all.
 * @throws the signal's reason when it is aborted with a PerfError; CouldNotMeasureError for any other reason.
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  throwIfStopped(options.signal)
  const run = new LoadRun(options)
  return await run.result()
}

/** Connections that a schedule can use; null for as many as it takes. */
export function connectionsFor(schedule: Schedule): number | null {
  if (schedule.kind === 'closed loop') return schedule.concurrency
  return schedule.kind === 'chunks' ? schedule.size : null
}

class LoadRun {
  readonly #options: LoadOptions
  readonly #tally = new Tally()
  readonly #chunks: ChunkTimes[] = []
  #isStopped = false

  /** Chunks that are there already; those that are sent are numbered on from here. */
  readonly #earlierChunks: number

  constructor(options: LoadOptions) {
    this.#options = options
    for (const record of options.earlier ?? []) this.#add(record)
    this.#earlierChunks = this.#chunks.length
  }

  async result(): Promise<LoadResult> {
    const { target, schedule, signal, limits, records } = this.#options
    const client =
      this.#options.client ??
      new StreamClient({ target, connections: connectionsFor(schedule), ...(limits === undefined ? {} : { limits }) })
    const stop = () => {
      this.#isStopped = true
      client.abort(messageOf(signal?.reason))
    }
    signal?.addEventListener('abort', stop, { once: true })
    try {
      await this.#run(client)
      await records?.flush()
    } catch (error) {
      this.#isStopped = true
      client.abort(messageOf(error))
      throw error
    } finally {
      signal?.removeEventListener('abort', stop)
      if (this.#options.client === undefined) await client[Symbol.asyncDispose]()
    }
    throwIfStopped(signal)
    const chunks = this.#chunks
    if (chunks.length === 0)
      throw new BadInputError('running a load: the workload has no requests. It needs at least one.')
    return {
      startMs: chunks.reduce((least, chunk) => Math.min(least, chunk.startMs), Number.POSITIVE_INFINITY),
      endMs: chunks.reduce((most, chunk) => Math.max(most, chunk.endMs), 0),
      chunks,
      tally: this.#tally.result(),
    }
  }

  async #run(client: StreamClient): Promise<void> {
    const { schedule, target, requests, betweenChunks } = this.#options
    const source = prepared(requests, target)
    const context: ScheduleContext = {
      next: async () => {
        if (this.#isStopped) return null
        const next = await source.next()
        // Stopped while it was being made: not a request of this run.
        return next.done || this.#isStopped ? null : next.value
      },
      send: (request, chunk, scheduledAtMs) => this.#send(client, request, this.#earlierChunks + chunk, scheduledAtMs),
      betweenChunks: async finished => {
        if (!this.#isStopped) await betweenChunks?.(this.#earlierChunks + finished)
      },
    }
    try {
      await runSchedule(schedule, context)
    } finally {
      await source.return(undefined)
    }
  }

  async #send(client: StreamClient, request: PreparedRequest, chunk: number, scheduledAtMs: number): Promise<void> {
    const { batch, records, health, onRecord } = this.#options
    const record = await client.send(request, { batch, chunk, scheduledAtMs })
    this.#add(record)
    health?.observe(record)
    onRecord?.(record)
    await records?.write(record)
  }

  #add(record: RequestRecord): void {
    this.#note(record)
    this.#tally.add(record)
  }

  #note(record: RequestRecord): void {
    const { chunk: index, sentAtMs: startMs, endedAtMs: endMs } = record
    const isCompleted = record.state !== 'failed'
    const times = this.#chunks[index]
    if (times === undefined) {
      this.#chunks[index] = { index, startMs, endMs, completed: isCompleted ? 1 : 0, failed: isCompleted ? 0 : 1 }
      return
    }
    times.startMs = Math.min(times.startMs, startMs)
    times.endMs = Math.max(times.endMs, endMs)
    if (isCompleted) times.completed++
    else times.failed++
  }
}

function throwIfStopped(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return
  if (signal.reason instanceof PerfError) throw signal.reason
  throw new CouldNotMeasureError(`running a load: it was stopped before its end (${messageOf(signal.reason)}).`, {
    cause: signal.reason,
  })
}

function runSchedule(schedule: Schedule, context: ScheduleContext): Promise<void> {
  switch (schedule.kind) {
    case 'closed loop':
      return closedLoop(context, schedule.concurrency, Number.POSITIVE_INFINITY)
    case 'chunks':
      return schedule.barrier
        ? chunksWithBarrier(context, schedule.size)
        : closedLoop(context, schedule.size, schedule.size)
    case 'constant rate':
      return constantRate(context, schedule.requestsPerSecond)
  }
}

/** One generator for all of a schedule's workers: calls of `next` queue up, so every request is handed out once. */
async function* prepared(
  requests: LoadOptions['requests'],
  target: CompletionTarget,
): AsyncGenerator<PreparedRequest, undefined, undefined> {
  for await (const request of requests) yield prepareRequest(request, target)
}
