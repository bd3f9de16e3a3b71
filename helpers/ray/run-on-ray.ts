import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type { ConfigurationOutcome, ConfigurationRun } from '../batch-inference/index.ts'
import { type BatchConfiguration, outstandingOf } from '../configurations/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { disturbanceBetween, memoryDomain, metricOfDomain, type Reading, type Sampler } from '../sampling/index.ts'
import { disturbanceInWords } from '../verdicts/index.ts'
import type { RayCluster } from './cluster.ts'
import type { JobCourse } from './job-course.ts'
import { jobPackage } from './job-package.ts'
import { JobRejectedError } from './jobs-client.ts'
import { outcomeOfJob, type Surroundings } from './outcome-of-job.ts'
import type { Replica } from './replicas.ts'
import { type Spread, spreadConcurrency } from './spread-concurrency.ts'
import { type WatchLimits, watchJob, watchLimits } from './watch-job.ts'

/** One request, as the driver reads it. */
export interface RayRow {
  /** Unique in the run. */
  id: string
  messages: { role: string; content: string }[]
  maxTokens: number
}

export interface RayModel {
  /** A folder that every node of the cluster has, or a name of Hugging Face. */
  source: string
  /** It has no weights, and vLLM makes some up. */
  isDummy: boolean
  /** Of its weights; 0 where that is not known. */
  bytes: number
  scale: number
}

export interface RayRequest {
  /** As it is to be run. */
  configuration: BatchConfiguration
  /** As it is in the file. */
  planned: BatchConfiguration
  model: RayModel
  rows: readonly RayRow[]
  /** Tokens of the longest prompt with its template, and of its answer. */
  contextTokens: number
  /** What plan 002's concurrency means. */
  reading: 'replicas' | 'batches-in-flight'
  /** Of vLLM, as `vllm.AsyncEngineArgs` has them; they win over this suite's own. */
  engineArguments?: Record<string, unknown>
}

export interface RayHooks {
  onProgress?(progress: { done: number; total: number; state: string }): void
  /** Sees the engines where the cluster is this machine. */
  sampler?: Sampler
  /** Ends the job. */
  signal?: AbortSignal
  limits?: WatchLimits
}

const driver = new URL('./driver/batch_inference.py', import.meta.url)

/** GiB of KV cache of an engine on the CPU: with none said, vLLM takes half of the host's memory. */
const CPU_KV_CACHE_GIB = 1
/** Of an engine on the CPU beside weights and KV cache: its three processes (actor, core, worker) took 2.9 GiB of RSS. */
const CPU_ENGINE_BYTES = 3 * 2 ** 30

/**
 * Runs one configuration as a job of Ray Data with vLLM and tells what came of it. What the cluster, Ray, the driver or an
 * engine does wrong is an outcome and no error.
 *
 * @throws CouldNotMeasureError or BadInputError where the cluster cannot be reached before the job is there; the signal's
 * reason once it is aborted, the job stopped by then.
 */
export async function runOnRay(
  cluster: RayCluster,
  request: RayRequest,
  hooks: RayHooks = {},
): Promise<ConfigurationRun> {
  const { configuration, planned, model, rows } = request
  const { signal } = hooks
  signal?.throwIfAborted()
  const spread = spreadConcurrency(configuration, request.reading, cluster.room, needsOf(request))
  const ran = (outcome: ConfigurationOutcome): ConfigurationRun => ({
    configuration,
    planned,
    ranOn: 'ray',
    scale: model.scale,
    remarks: spread.remark === null ? [] : [spread.remark],
    outcome,
  })
  const prefix = `perf-${randomUUID()}`
  const id = `vitest-llm-perf-${configuration.name}-${randomUUID().slice(0, 8)}`
  const workingDirectory = await cluster.client.upload(
    jobPackage({
      'batch_inference.py': await readFile(driver, 'utf8'),
      'job.json': JSON.stringify(settings(cluster, request, spread, prefix)),
      'rows.jsonl': rows.map(line).join(''),
    }),
  )
  const watched = new Surrounded(cluster, hooks.sampler)
  try {
    await cluster.client.submit({
      id,
      entrypoint: 'python batch_inference.py',
      workingDirectory,
      environment: { PYTHONUNBUFFERED: '1' },
    })
  } catch (error) {
    if (!(error instanceof JobRejectedError)) throw error
    return ran({ state: 'failed', kind: 'configuration', message: error.message })
  }
  const course = await watched.during(() =>
    followed(cluster, { id, prefix, replicas: spread.replicas }, rows.length, watched, hooks),
  )
  const ids = rows.map(row => row.id)
  const atOnce = Math.min(ids.length, outstandingOf(configuration))
  return ran(outcomeOfJob(course, ids, { ...(await watched.surroundings()), atOnce }))
}

async function followed(
  cluster: RayCluster,
  job: { id: string; prefix: string; replicas: number },
  total: number,
  watched: Surrounded,
  { onProgress, signal, limits = watchLimits }: RayHooks,
): Promise<JobCourse> {
  let done = 0
  const tell = (state: string): void => onProgress?.({ done, total, state })
  return watchJob(
    cluster,
    job,
    {
      onState: tell,
      onEvent: event => {
        if (event.event !== 'block') return
        done += event.rows.length
        tell('rows come out')
      },
      onReplicas: replicas => watched.follow(replicas),
      ...(signal && { signal }),
    },
    limits,
  )
}

const line = ({ id, messages, maxTokens }: RayRow): string =>
  `${JSON.stringify({ id, messages, max_tokens: maxTokens })}\n`

const needsOf = ({ configuration, model }: RayRequest): { gpus: number; memoryBytes: number } => ({
  gpus: configuration.model.tensorParallelSize,
  memoryBytes: model.bytes + CPU_KV_CACHE_GIB * 2 ** 30 + CPU_ENGINE_BYTES,
})

/** The `JobSettings` of the driver. */
function settings(
  { room, origin }: RayCluster,
  { configuration, model, contextTokens, engineArguments = {} }: RayRequest,
  { replicas, batchesInFlight }: Spread,
  prefix: string,
): Record<string, unknown> {
  const { inference } = configuration
  const onGpu = room.gpus > 0
  const cores = origin === 'spawned' ? availableParallelism() : room.cpus
  return {
    prefix,
    model: model.source,
    batch_size: inference.batchSize,
    replicas,
    batches_in_flight: batchesInFlight,
    engine_arguments: {
      max_model_len: contextTokens,
      tensor_parallel_size: configuration.model.tensorParallelSize,
      ...(model.isDummy && { load_format: 'dummy' }),
      // On a CPU there is nothing to capture, and compiling takes longer than a run.
      ...(onGpu ? { gpu_memory_utilization: inference.gpuMemoryUtilization } : { enforce_eager: true }),
      ...engineArguments,
    },
    environment: {
      ...(model.isDummy && { HF_HUB_OFFLINE: '1' }),
      ...(onGpu ? {} : cpuEnvironment(Math.min(cores / replicas, room.cpus / replicas))),
    },
    bundle: onGpu ? { CPU: 1, GPU: 1 } : { CPU: 1 },
  }
}

/** What vLLM's CPU build wants; what is set for this run wins. */
function cpuEnvironment(coresEach: number): Record<string, string> {
  const own = {
    VLLM_CPU_KVCACHE_SPACE: String(CPU_KV_CACHE_GIB),
    // Threads go where the kernel puts them: an actor of Ray has no cores of its own.
    VLLM_CPU_OMP_THREADS_BIND: 'nobind',
    OMP_NUM_THREADS: String(Math.max(1, Math.floor(coresEach))),
    ONEDNN_PRIMITIVE_CACHE_CAPACITY: '16',
  }
  return Object.fromEntries(Object.entries(own).map(([name, value]) => [name, process.env[name] ?? value]))
}

/** What the sampler sees of a job: the engines' memory, and what the host did meanwhile. */
class Surrounded {
  readonly #cluster: RayCluster
  readonly #sampler: Sampler | undefined
  #from: Reading | null = null
  #to: Reading | null = null

  constructor(cluster: RayCluster, sampler: Sampler | undefined) {
    this.#cluster = cluster
    this.#sampler = sampler
  }

  async follow(replicas: readonly Replica[]): Promise<void> {
    if (this.#sampler === undefined || !this.#cluster.isHere) return
    const roots = replicas.flatMap(({ pid }) => pid ?? [])
    await this.#sampler.follow({ roots: measured(roots), queue: null, companions: this.#cluster.processRoots })
    this.#from = await this.#sampler.read()
  }

  /** The sampler follows nothing afterwards: the processes are gone. */
  async during<T>(watch: () => Promise<T>): Promise<T> {
    try {
      return await watch()
    } finally {
      if (this.#sampler !== undefined && this.#from !== null) {
        this.#to = await this.#sampler.read()
        await this.#sampler.follow({ roots: absent('the engines of the Ray job have ended'), queue: null })
      }
    }
  }

  async surroundings(): Promise<Omit<Surroundings, 'atOnce'>> {
    const [sampler, from, to] = [this.#sampler, this.#from, this.#to]
    if (sampler === undefined || from === null || to === null) {
      const why = this.#cluster.isHere
        ? 'the engines were not seen while they ran'
        : `the engines run on other machines than this one, which sees no memory of theirs (${this.#cluster.title})`
      return { peakMemory: absent(why), disturbance: null }
    }
    const throttled = await sampler.window('gpuThrottled', from.atMs, to.atMs)
    const disturbance = disturbanceInWords(disturbanceBetween(from, to, availableParallelism(), throttled))
    return { peakMemory: await peak(sampler, from, to), disturbance }
  }
}

async function peak(
  sampler: Sampler,
  from: Reading,
  to: Reading,
): Promise<Measured<{ domain: string; bytes: number }>> {
  const found = memoryDomain(from)
  if (found.state === 'absent') return found
  const { domain } = found.value
  const window = await sampler.window(metricOfDomain(domain), from.atMs, to.atMs)
  return window.state === 'absent' ? window : measured({ domain, bytes: window.value.max })
}
