import type { LoadHooks, LoadPath, LoadPathSetup } from '../batches/load-path.ts'
import { CouldNotMeasureError } from '../errors.ts'
import {
  type ChunkTimes,
  clientLimits,
  type LoadRequest,
  type LoadResult,
  type RequestRecord,
  Tally,
  tellEnded,
  tellSent,
} from '../load/index.ts'
import { measured } from '../measured.ts'
import { type BatchAccount, examplesOf } from './batch-account.ts'
import type { BatchApi } from './batch-api.ts'
import { type BatchInput, batchInput } from './batch-input.ts'
import { recordOf } from './batch-records.ts'
import { type BatchSighting, finishedIn } from './batch-sighting.ts'
import { type Canceller, startCanceller } from './leave-nothing-behind.ts'
import { type BatchReport, runBatch } from './run-batch.ts'
import { segmentsOf } from './segments.ts'

/**
 * Opens the Batch API as a way to an engine: one API batch a batch of the plan, submitted when the one before has ended.
 *
 * How many requests are outstanding is the server's business and not the plan's. The API tells counts while a batch runs
 * and the results at its end. So there are no times of single requests (no TTFT, no TPOT), chunks are segments between
 * looks ({@link segmentsOf}), and memory is read at rest before and after a batch only.
 *
 * @throws CouldNotMeasureError when the server still works on another batch: its load would be measured too.
 */
export async function batchApiPath(api: BatchApi, setup: LoadPathSetup): Promise<LoadPath> {
  const others = await api.inFlight()
  if (others.length > 0)
    throw new CouldNotMeasureError(
      `Before the first batch: ${api.url} still works on ${others.map(describe).join(', ')}. Wait until that has ended, ` +
        `or cancel it: POST ${api.url}/v1/batches/<id>/cancel.`,
    )
  const model = await api.modelName(String(setup.target.body.model))
  const canceller = await startCanceller()
  await canceller.tell({ kind: 'server', url: api.url, headers: api.headers })
  return new BatchApiPath(api, setup, { model, canceller, companions: await api.processes() })
}

/** `batch_7 (in_progress, 12 of 5,000)` */
export function describe({ id, status, counts }: BatchSighting): string {
  const progress =
    counts === null
      ? ''
      : `, ${(counts.completed + counts.failed).toLocaleString('en')} of ${counts.total.toLocaleString('en')}`
  return `${id} (${status}${progress})`
}

interface PathParts {
  /** As the server knows it. */
  model: string
  canceller: Canceller
  /** Processes of the server. */
  companions: number[]
}

class BatchApiPath implements LoadPath {
  readonly connectsElsewhere = 'the server of the Batch API holds the connections to the engine'
  /** No token is stamped here: a late event loop only makes a look late, of which there are ten a chunk at most. */
  readonly clientLimits = { ...clientLimits, eventLoopLagP99Ms: 1000 }
  readonly noRest = 'the Batch API does not pause between chunks: nothing is at rest before the batch has ended'
  readonly companions: number[]
  readonly #api: BatchApi
  readonly #setup: LoadPathSetup
  readonly #model: string
  readonly #canceller: Canceller
  readonly #accounts: BatchAccount[] = []
  /** Ours, on the server. */
  readonly #files = new Set<string>()

  constructor(api: BatchApi, setup: LoadPathSetup, { model, canceller, companions }: PathParts) {
    this.companions = companions
    this.#canceller = canceller
    this.#api = api
    this.#setup = setup
    this.#model = model
  }

  get accounts() {
    return measured(this.#accounts)
  }

  async send(batch: number, requests: AsyncIterable<LoadRequest>, hooks: LoadHooks): Promise<LoadResult> {
    const { target, chunk } = this.#setup
    const earlier = hooks.earlier ?? []
    const tally = new Tally()
    const chunks: ChunkTimes[] = []
    if (earlier.length > 0) {
      for (const record of earlier) tally.add(record)
      chunks.push(oneChunk(earlier))
      this.#accounts.push(earlierAccount(batch, earlier))
    }
    const input = await batchInput(requests, target, this.#model)
    if (input !== null) {
      const report = await this.#run(batch, input, hooks)
      const records = await this.#record(batch, input, report, earlier.length)
      for (const record of records) tally.add(record)
      const failed = records.filter(({ state }) => state === 'failed').length
      const completed = records.length - failed
      chunks.push(...segmentsOf({ ...report, chunk, completed, failed, firstIndex: chunks.length }))
      if (batch >= 0) this.#accounts.push(accountOf(batch, input, report))
      await hooks.betweenChunks?.(chunks.length - 1)
    }
    const last = chunks.at(-1)
    if (chunks[0] === undefined || last === undefined)
      throw new CouldNotMeasureError(`Batch ${batch + 1} has no requests. It needs at least one.`)
    return { startMs: chunks[0].startMs, endMs: last.endMs, chunks, tally: tally.result() }
  }

  async #run(batch: number, input: BatchInput, { onFinished }: LoadHooks): Promise<BatchReport> {
    const { chunk, signal } = this.#setup
    signal.throwIfAborted()
    let finished = 0
    const tell = (now: number) => {
      if (now <= finished) return
      onFinished?.(now - finished)
      finished = now
    }
    const report = await runBatch(this.#api, {
      input,
      metadata: { client: 'vitest-llm-perf', name: batch < 0 ? 'warm-up' : `batch-${batch + 1}` },
      chunk,
      signal,
      onChange: sighting => tell(Math.min(finishedIn(sighting), input.submitted.length)),
      tell: task => {
        if (task.kind === 'file') this.#files.add(task.file)
        return this.#canceller.tell(task)
      },
    })
    tell(input.submitted.length)
    return report
  }

  /** `first`: requests of this batch that an earlier run has submitted. */
  async #record(batch: number, input: BatchInput, report: BatchReport, first: number): Promise<RequestRecord[]> {
    const { records, health, chunk: size } = this.#setup
    const { startMs: sentAtMs, endMs: endedAtMs, end, reconciliation } = report
    const all = input.submitted.map((submitted, i) => {
      const stamp = { batch, chunk: Math.floor((first + i) / size), sentAtMs, endedAtMs }
      return recordOf(submitted, reconciliation.outcomes.get(submitted.customId), stamp, end)
    })
    for (const record of all) {
      // The server has them at a time of its own.
      tellSent()
      tellEnded(record)
      health.observe(record)
      await records.write(record)
    }
    await records.flush()
    return all
  }

  /** Leaves nothing of ours on a server that lets files be deleted. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#canceller[Symbol.asyncDispose]()
    const files = [...this.#files]
    this.#files.clear()
    const removed = await Promise.all(files.map(file => this.#api.remove(file).catch(() => false)))
    const left = removed.filter(wasRemoved => !wasRemoved).length
    if (left > 0) process.emitWarning(`${left} files of this run are left on ${this.#api.url}: it did not delete them.`)
  }
}

function accountOf(batch: number, { submitted }: BatchInput, { end, reconciliation }: BatchReport): BatchAccount {
  const { missing, repeated, unknown, unreadable } = reconciliation
  return {
    batch,
    ending: end.status,
    submitted: submitted.length,
    missing: missing.length,
    repeated: repeated.length,
    unknown: unknown.length,
    unreadable: unreadable.length,
    examples: examplesOf(reconciliation),
  }
}

/** Of a run that was stopped the records are left, and no files: only what is missing can still be told. */
function earlierAccount(batch: number, records: readonly RequestRecord[]): BatchAccount {
  const missing = records.filter(record => record.state === 'failed' && record.failure === 'unaccounted')
  return {
    batch,
    ending: 'before',
    submitted: records.length,
    missing: missing.length,
    repeated: 0,
    unknown: 0,
    unreadable: 0,
    examples: examplesOf({ missing: missing.map(({ id }) => id), repeated: [], unknown: [], unreadable: [] }),
  }
}

function oneChunk(records: readonly RequestRecord[]): ChunkTimes {
  const failed = records.filter(({ state }) => state === 'failed').length
  return {
    index: 0,
    startMs: Math.min(...records.map(({ sentAtMs }) => sentAtMs)),
    endMs: Math.max(...records.map(({ endedAtMs }) => endedAtMs)),
    completed: records.length - failed,
    failed,
  }
}
