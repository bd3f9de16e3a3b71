import { request } from 'undici'
import { z } from 'zod'
import { BadInputError, CouldNotMeasureError } from '../errors.ts'
import {
  actorsSchema,
  clusterStatusSchema,
  nodesSchema,
  type RayActor,
  type RayNode,
  type RayWorker,
  type Resources,
  workersSchema,
} from './state.ts'

/** For an answer; a package takes as long as its bytes do. */
const ANSWER_LIMIT_MS = 30_000
const UPLOAD_LIMIT_MS = 10 * 60_000

interface AskOptions {
  method?: 'POST' | 'PUT'
  headers?: Record<string, string>
  body?: string | Uint8Array
  limitMs?: number
}

export type JobStatus = 'PENDING' | 'RUNNING' | 'STOPPED' | 'SUCCEEDED' | 'FAILED'

const jobSchema = z.object({
  /** Ray's own number of the driver, once it runs. */
  job_id: z.string().nullish(),
  status: z.enum(['PENDING', 'RUNNING', 'STOPPED', 'SUCCEEDED', 'FAILED']),
  /** Ray's own words, the end of the driver's log among them. */
  message: z.string().nullish(),
  error_type: z.string().nullish(),
  /** Negative for a signal. */
  driver_exit_code: z.number().nullish(),
})

/** A job as the cluster knows it. */
export type JobState = z.output<typeof jobSchema>

export interface JobRequest {
  /** A name that no job of the cluster has had. */
  id: string
  entrypoint: string
  /** Of a package that was uploaded: what the driver finds in its working folder. */
  workingDirectory: string
  environment: Record<string, string>
}

/** The cluster does not take a job as it is put; the message has its words. */
export class JobRejectedError extends CouldNotMeasureError {}

/** Nothing answers, or not in time. */
export class UnansweredError extends CouldNotMeasureError {}

export const isOver = (status: JobStatus): boolean => status !== 'PENDING' && status !== 'RUNNING'

/**
 * The REST API of Ray's dashboard: jobs, packages, and what the cluster has and does (Ray 2.60, `/api/version` 4).
 *
 * Every method throws an UnansweredError where nothing answers, a CouldNotMeasureError where Ray itself fails; a BadInputError where what answers is
 * no dashboard of Ray, or does not accept the token. The token is in a header and in no message.
 */
export class JobsClient {
  readonly url: string
  readonly #headers: Record<string, string>
  readonly #hasToken: boolean

  constructor(url: string, token: string | null) {
    this.url = url
    this.#hasToken = token !== null
    this.#headers = token === null ? {} : { authorization: `Bearer ${token}` }
  }

  /** Of Ray: `2.60.0`. */
  async version(): Promise<string> {
    const doing = 'asking for its version'
    const text = await this.#ask('/api/version', doing)
    const answer = z.object({ ray_version: z.string() }).safeParse(this.#parsed(text, doing))
    if (!answer.success) throw this.#notRay(`it answers ${doing} with something else`)
    return answer.data.ray_version
  }

  /** What goes into {@link JobRequest.workingDirectory}. Uploading the same again changes nothing. */
  async upload({ name, bytes }: { name: string; bytes: Uint8Array }): Promise<string> {
    await this.#ask(`/api/packages/gcs/${name}`, 'uploading a job', {
      method: 'PUT',
      body: bytes,
      limitMs: UPLOAD_LIMIT_MS,
    })
    return `gcs://${name}`
  }

  /** @throws JobRejectedError */
  async submit({ id, entrypoint, workingDirectory, environment }: JobRequest): Promise<void> {
    const runtime = { working_dir: workingDirectory, env_vars: environment }
    await this.#post('/api/jobs/', `submitting job ${id}`, { entrypoint, submission_id: id, runtime_env: runtime })
  }

  async job(id: string): Promise<JobState> {
    return this.#get(`/api/jobs/${id}`, `looking at job ${id}`, jobSchema)
  }

  /**
   * Everything that the driver has written until now, stdout and stderr together. There is a WebSocket that tells only what
   * is new (`/logs/tail`), which Ray 2.60 closes at once on a client that offers compression, as undici and browsers do.
   */
  async log(id: string): Promise<string> {
    const { logs } = await this.#get(
      `/api/jobs/${id}/logs`,
      `reading the log of job ${id}`,
      z.object({ logs: z.string() }),
    )
    return logs
  }

  /** Asks the job to end; it has not ended yet when this resolves. */
  async stop(id: string): Promise<void> {
    await this.#post(`/api/jobs/${id}/stop`, `stopping job ${id}`, {})
  }

  async nodes(): Promise<RayNode[]> {
    return this.#get('/api/v0/nodes?detail=1&limit=1000', 'asking for its nodes', nodesSchema)
  }

  /** Of a driver, by Ray's own number of the job, those that have ended among them. */
  async actors(rayJobId: string): Promise<RayActor[]> {
    const only = `filter_keys=job_id&filter_predicates=%3D&filter_values=${rayJobId}`
    return this.#get(`/api/v0/actors?detail=1&limit=1000&${only}`, 'asking for its actors', actorsSchema)
  }

  /** Processes that had or have this pid, on any node: Ray says here what it ended them for, and of an actor it does not. */
  async workers(pid: number): Promise<RayWorker[]> {
    const only = `filter_keys=pid&filter_predicates=%3D&filter_values=${pid}`
    return this.#get(`/api/v0/workers?detail=1&limit=1000&${only}`, 'asking for its workers', workersSchema)
  }

  /** What somebody on the cluster waits for now: a list of resources, a set for each task, actor or placement group. */
  async demands(): Promise<Resources[]> {
    return this.#get('/api/cluster_status', 'asking what is waited for', clusterStatusSchema)
  }

  async #get<T>(path: string, doing: string, schema: z.ZodType<T>): Promise<T> {
    const answer = schema.safeParse(this.#parsed(await this.#ask(path, doing), doing))
    if (answer.success) return answer.data
    throw new CouldNotMeasureError(
      `Ray at ${this.url}, ${doing}: its answer is not of the form that this suite knows (Ray 2.60). ${z.prettifyError(answer.error)}`,
    )
  }

  async #post(path: string, doing: string, body: unknown): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    await this.#ask(path, doing, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  #parsed(text: string, doing: string): unknown {
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw this.#notRay(`its answer is no JSON, ${doing}`, cause)
    }
  }

  /** Not with `fetch`, which says that it is a browser (Sec-Fetch-Mode): Ray takes nothing but GET from one, and answers 405. */
  async #ask(path: string, doing: string, options: AskOptions = {}): Promise<string> {
    const { limitMs = ANSWER_LIMIT_MS, headers = {}, ...rest } = options
    const signal = AbortSignal.timeout(limitMs)
    let status: number
    let text: string
    try {
      const answer = await request(this.url + path, { ...rest, headers: { ...headers, ...this.#headers }, signal })
      status = answer.statusCode
      text = await answer.body.text()
    } catch (cause) {
      const why = cause instanceof Error ? cause.message || String(cause) : String(cause)
      throw new UnansweredError(
        `Nothing answers at ${this.url}, ${doing}: ${why}. Name the dashboard of a Ray that runs (PERF_RAY), usually port 8265 of its head node, or let one be started with PERF_RAY=local.`,
        { cause },
      )
    }
    if (status === 200) return text
    throw this.#refusal(status, text, doing)
  }

  #refusal(status: number, text: string, doing: string): Error {
    const said = lastLineOf(text)
    if (status === 401 || status === 403) {
      const found = this.#hasToken
        ? 'it does not accept the token in RAY_AUTH_TOKEN'
        : 'it wants a token, and there is none'
      return new BadInputError(
        `Ray at ${this.url}, ${doing}: ${found} (${status}: ${said}). Set RAY_AUTH_TOKEN to the cluster's token; on its head node \`ray get-auth-token\` prints it.`,
      )
    }
    // What its agent refuses comes back as 500 with the agent's 400 inside.
    if (status === 400 || /failed with status code 400/.test(text)) {
      return new JobRejectedError(`Ray at ${this.url}, ${doing}: it is rejected: ${said}`)
    }
    if (status === 404 && !/does not exist/.test(text)) return this.#notRay(`it has no such route, ${doing} (404)`)
    return new CouldNotMeasureError(`Ray at ${this.url}, ${doing}: it answers ${status}: ${said}`)
  }

  #notRay(found: string, cause?: unknown): BadInputError {
    return new BadInputError(
      `What answers at ${this.url} is no dashboard of Ray: ${found}. Name the dashboard's URL, usually port 8265 of the head node (PERF_RAY).`,
      { cause },
    )
  }
}

/** Of a Python traceback the line that says what is wrong. */
function lastLineOf(text: string): string {
  const lines = text.split('\n').map(line => line.trim())
  return lines.findLast(line => line.length > 1) ?? 'without a word'
}
