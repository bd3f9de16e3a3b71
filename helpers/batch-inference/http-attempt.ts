import { TestRunner } from 'vitest'
import { type BatchConfiguration, outstandingOf } from '../configurations/index.ts'
import type { LoadSettings } from '../engines/index.ts'
import { CouldNotMeasureError, EngineCrashedError } from '../errors.ts'
import type { ChosenModel } from '../fixtures/choose-model.ts'
import { clientTrouble, type Lab } from '../lab/index.ts'
import {
  type LoadRequest,
  type RecordWriter,
  type RequestRecord,
  runLoad,
  slice,
  startClientHealth,
  type Workload,
  wholeAnswers,
} from '../load/index.ts'
import { reportProgress } from '../reporting/index.ts'
import { memoryDomain, type Reading } from '../sampling/index.ts'
import { accountsOf } from './accounts.ts'
import { CircuitBreaker, type CircuitBreakerLimits, defaultBreakerLimits } from './circuit-breaker.ts'
import { kindOfRequest } from './classify-failure.ts'
import type { RanThrough } from './configuration-run.ts'
import { EtaAlert } from './eta-alert.ts'
import type { FailureKind } from './failure-kind.ts'
import { finishedBlocks } from './finished-blocks.ts'

export interface HttpAttemptOptions {
  /** `002.over-http` */
  spec: string
  /** The request log: one record a request. */
  records: RecordWriter
  /** False: whole answers are asked for. */
  isStreamed: boolean
  breaker?: CircuitBreakerLimits
  /** Takes alerts, a line each; to stderr unless said. */
  tell?: (line: string) => void
}

/** One configuration as it is to be run. */
export interface HttpPlan {
  configuration: BatchConfiguration
  planned: BatchConfiguration
  model: ChosenModel
  /** Requests that the engine batches together. */
  slots: number
  contextTokens: number
  settings: LoadSettings
  /** Until when a batch of the planned size is to be done; null for no such promise. */
  windowMs: number | null
  /** What is known beforehand to differ from what was asked for. */
  remarks: readonly string[]
}

const WATCH_MS = 1000

/** The requests of one configuration, to an engine that has its model. */
export class HttpAttempt {
  readonly remarks: string[] = []
  readonly latenciesMs: number[] = []
  readonly #lab: Lab
  readonly #options: HttpAttemptOptions
  readonly #plan: HttpPlan
  /** Index of its prompts: no two configurations send the same ones. */
  readonly #batch: number
  readonly #breaker: CircuitBreaker
  readonly #stop = new AbortController()
  readonly #finished: { endedAtMs: number; completionTokens: number }[] = []
  readonly #failures: Partial<Record<FailureKind, number>> = {}
  readonly #ended: string[] = []

  constructor(lab: Lab, options: HttpAttemptOptions, plan: HttpPlan, batch: number) {
    this.#lab = lab
    this.#options = options
    this.#plan = plan
    this.#batch = batch
    this.#breaker = new CircuitBreaker(options.breaker ?? defaultBreakerLimits)
    void lab.engine.died.then(error => this.#stop.abort(new EngineCrashedError(error.message)))
  }

  get trip(): { kind: FailureKind; message: string } | null {
    const { trip } = this.#breaker
    return trip === null ? null : { kind: trip.kind, message: trip.reason }
  }

  /** One request for each slot; what fails then fails again, where it counts. */
  async warmUp(): Promise<void> {
    const { slots, configuration } = this.#plan
    const concurrency = Math.min(slots, outstandingOf(configuration))
    await runLoad({
      ...this.#target(concurrency),
      requests: slice(await this.#requests(-1), 0, concurrency),
      batch: -1,
    })
  }

  async send(startUpMs: number): Promise<RanThrough> {
    const lab = this.#lab
    const { configuration, planned, windowMs } = this.#plan
    const { samples } = configuration.data
    const outstanding = Math.min(outstandingOf(configuration), samples)
    const { spec, records, tell = line => void process.stderr.write(`${line}\n`) } = this.#options
    const sent: string[] = []
    const alert =
      windowMs === null ? null : new EtaAlert({ name: planned.name, total: planned.data.samples, windowMs, tell })
    const test = TestRunner.getCurrentTest()
    using health = startClientHealth()
    const before = await lab.reading()
    const startedAtMs = performance.now()
    const watch = () => {
      const done = this.#ended.length
      const elapsedMs = performance.now() - startedAtMs
      alert?.observe({ done, inFlight: Math.min(outstanding, samples - done), elapsedMs })
      const ratePerSecond = (1000 * done) / elapsedMs
      if (test) reportProgress(test, { spec, done, total: samples, ratePerSecond, note: planned.name })
    }
    // Also where no request ends at all.
    using _watch = every(WATCH_MS, watch)
    const load = await runLoad({
      ...this.#target(outstanding),
      requests: noted(slice(await this.#requests(this.#batch), 0, samples), sent),
      batch: this.#batch,
      records,
      health,
      onRecord: record => {
        this.#take(record)
        watch()
      },
    })
    const after = await lab.reading()
    if (alert?.line) this.remarks.push(alert.line)
    const durationMs = load.endMs - load.startMs
    const client = clientTrouble(health, durationMs)
    const disturbances = [await lab.disturbanceBetween(before, after), client?.reason ?? null]
    const { completed, failed, promptTokens, completionTokens } = load.tally
    const finished = this.#finished.map(({ endedAtMs, completionTokens }) => ({
      endMs: endedAtMs - load.startMs,
      completionTokens,
    }))
    return {
      state: 'ran',
      atOnce: Math.min(this.#plan.slots, outstanding),
      durationMs,
      startUpMs,
      completed,
      failed,
      failures: this.#failures,
      promptTokens,
      completionTokens,
      blocks: finishedBlocks(finished, configuration.inference.batchSize),
      accounts: accountsOf(sent, this.#ended),
      peakMemory: await this.#peakMemory(before, after),
      disturbance: disturbances.filter(cause => cause !== null).join('; ') || null,
    }
  }

  #take(record: RequestRecord): void {
    this.#ended.push(record.id)
    if (record.state !== 'failed') {
      const { endedAtMs, sentAtMs, completionTokens } = record
      this.#finished.push({ endedAtMs, completionTokens })
      this.latenciesMs.push(endedAtMs - sentAtMs)
      this.#breaker.succeeded()
      return
    }
    // Not the engine's doing: what was outstanding when the run was stopped.
    if (record.failure === 'aborted') return
    const kind = kindOfRequest(record)
    this.#failures[kind] = (this.#failures[kind] ?? 0) + 1
    this.#breaker.failed(kind, `${record.failure}: ${record.message}`)
    const { trip } = this.#breaker
    if (trip !== null) this.#stop.abort(new CouldNotMeasureError(trip.reason))
  }

  #target(concurrency: number) {
    const target = this.#lab.engine.target(this.#plan.model.name)
    return {
      target: this.#options.isStreamed ? target : wholeAnswers(target),
      schedule: { kind: 'closed loop', concurrency },
      signal: AbortSignal.any([this.#lab.signal, this.#stop.signal]),
    } as const
  }

  /** Ids say which configuration a line of the log belongs to. */
  async #requests(batch: number): Promise<AsyncIterable<LoadRequest>> {
    const { configuration, planned, model } = this.#plan
    const { inference, data } = configuration
    const workload = await this.#lab.workload(model, {
      promptTokens: data.promptTokens,
      outputTokens: inference.maxTokens,
      concurrency: outstandingOf(configuration),
      requests: data.samples,
    })
    return renamed(workload.requests(batch), batch < 0 ? `${planned.name}.warm-up` : planned.name)
  }

  async #peakMemory(before: Reading, after: Reading): Promise<RanThrough['peakMemory']> {
    // What a GPU holds is the question, also where it is the same from the start to the end.
    const found = memoryDomain(after)
    if (found.state === 'absent') return found
    const { domain, metric } = found.value
    const sampled = await this.#lab.sampler.window(metric, before.atMs, after.atMs)
    const readings = [before, after].flatMap(({ metrics }) => {
      const value = metrics[metric]
      return value.state === 'measured' ? [value.value] : []
    })
    const bytes = Math.max(...readings, sampled.state === 'measured' ? sampled.value.max : 0)
    return { state: 'measured', value: { domain, bytes } }
  }
}

function every(ms: number, look: () => void): Disposable {
  const timer = setInterval(look, ms).unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

async function* renamed(requests: ReturnType<Workload['requests']>, prefix: string): AsyncGenerator<LoadRequest> {
  let index = 0
  for await (const request of requests) yield { ...request, id: `${prefix}.${index++}` }
}

/** Notes the id of each request that is handed out. */
async function* noted(requests: AsyncIterable<LoadRequest>, ids: string[]): AsyncGenerator<LoadRequest> {
  for await (const request of requests) {
    ids.push(request.id)
    yield request
  }
}
