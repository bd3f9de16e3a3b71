import { Worker } from 'node:worker_threads'
import { BadInputError, CouldNotMeasureError, RecordingError } from '../errors.ts'
import type { Measured } from '../measured.ts'
import { siblingModule } from '../sibling-module.ts'
import type { Answer, Request, WorkerSettings } from './messages.ts'
import type { Point, Reading, WindowStatistics } from './metrics.ts'
import type { Sampler } from './sampler.ts'
import type { GpuDevice } from './sources/gpu-device.ts'
import type { ReadFrom } from './sources/index.ts'

export interface SamplerOptions {
  /** Where the machine is read from: `proc` on Linux, else `systeminformation`, which tells less and costs more. */
  readFrom?: ReadFrom
  procRoot?: string
  sysRoot?: string
  /** Samples a second, at most 10 (the sources are made for no more). */
  hz?: number
  /** JSONL, appended; see series-file.ts. */
  seriesFile: string
  /** The process whose tree is the suite, an engine in it excepted: vitest's main process. */
  suiteRoot: number
  /** The program that is asked for NVIDIA's GPUs. */
  nvidiaSmi?: string
  /** The program that is asked on a Jetson. */
  tegrastats?: string
}

/**
 * Starts sampling in a worker thread; resolves after the first complete sample. The thread does not keep this process
 * alive, and ends when the process's parent does. Fails with a CouldNotMeasureError when the thread cannot start. When
 * samples cannot be written, the next call of the handle fails with a RecordingError, once; sampling goes on in memory.
 */
export async function startSampler(options: SamplerOptions): Promise<Sampler> {
  const { procRoot = '/proc', sysRoot = '/sys', hz = 10, nvidiaSmi = 'nvidia-smi', tegrastats = 'tegrastats' } = options
  const { readFrom = process.platform === 'linux' ? 'proc' : 'systeminformation' } = options
  if (!(hz > 0 && hz <= 10))
    throw new BadInputError(`Sampling at ${hz} Hz was asked for; more than 0 and at most 10 is allowed.`)
  const { seriesFile, suiteRoot } = options
  const settings: WorkerSettings = { readFrom, procRoot, sysRoot, hz, seriesFile, suiteRoot, nvidiaSmi, tegrastats }
  const connection = new WorkerConnection(settings)
  await connection.ready
  const stop = async (): Promise<void> => connection.stop()
  return {
    read: () => connection.ask<Reading>({ type: 'read' }),
    window: (metric, fromMs, toMs) =>
      connection.ask<Measured<WindowStatistics>>({ type: 'window', metric, fromMs, toMs }),
    points: (metric, fromMs, toMs, maxPoints) =>
      connection.ask<Point[]>({ type: 'points', metric, fromMs, toMs, maxPoints }),
    follow: engine => connection.ask<void>({ type: 'follow', engine }),
    gpus: () => connection.ask<Measured<GpuDevice[]>>({ type: 'gpus' }),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** Requests to the worker thread and their answers. */
class WorkerConnection {
  readonly ready: Promise<void>
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 0
  #ended: Error | undefined
  #stopping: Promise<void> | undefined
  #failureReported = false

  constructor(settings: WorkerSettings) {
    // Options of the main thread, such as loaders of a test runner, are not for this one.
    this.#worker = new Worker(siblingModule(import.meta.url, 'worker'), { workerData: settings, execArgv: [] })
    const started = Promise.withResolvers<void>()
    this.ready = started.promise
    this.#worker.on('message', (answer: Answer) => {
      if (answer.type === 'ready') {
        this.#worker.unref()
        started.resolve()
      } else this.#settle(answer)
    })
    const end = (why: string, cause?: unknown): void => {
      this.#ended ??= new CouldNotMeasureError(`The sampler's thread ended: ${why}.`, { cause })
      process.off('disconnect', this.#terminate)
      started.reject(this.#ended)
      for (const { reject } of this.#waiting.values()) reject(this.#ended)
      this.#waiting.clear()
    }
    this.#worker.on('error', error => end(error instanceof Error ? error.message : String(error), error))
    this.#worker.on('exit', code => end(`exit code ${code}`))
    // A fork whose parent was killed is told by this event alone.
    process.once('disconnect', this.#terminate)
  }

  async ask<T>(request: Request): Promise<T> {
    if (this.#stopping !== undefined)
      throw new CouldNotMeasureError(`The sampler was asked to ${request.type} after it was stopped.`)
    return this.#send<T>(request)
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    try {
      if (this.#ended === undefined) await this.#send<void>({ type: 'stop' })
    } finally {
      await this.#worker.terminate()
    }
  }

  readonly #terminate = (): void => {
    void this.#worker.terminate()
  }

  #send<T>(request: Request): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const id = this.#nextId++
    // Somebody waits, so the process stays until the answer is there.
    this.#worker.ref()
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: value => resolve(value as T), reject })
      this.#worker.postMessage({ ...request, id })
    })
  }

  #settle(answer: Exclude<Answer, { type: 'ready' }>): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#worker.unref()
    if (waiting === undefined) return
    if (answer.type === 'failed') {
      waiting.reject(new CouldNotMeasureError(`The sampler could not answer: ${answer.message}`))
    } else if (answer.recordingFailure !== null && !this.#failureReported) {
      this.#failureReported = true
      waiting.reject(new RecordingError(answer.recordingFailure))
    } else {
      waiting.resolve(answer.value)
    }
  }
}
