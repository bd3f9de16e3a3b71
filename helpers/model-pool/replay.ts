import type { Measured } from '../measured.ts'
import type { ModelPool } from './model-pool.ts'
import type { PoolMetrics } from './pool-metrics.ts'

export interface ReplayInput {
  pool: Pick<ModelPool, 'acquire' | 'metrics'>
  /** The model of each request, in order. */
  trace: readonly string[]
  /** Requests under way at once: waiting for their model, or being answered. */
  concurrency: number
  /** Resolves with the time that the answer took, in ms; absent for a request that failed. The model is loaded. */
  ask(modelName: string): Promise<Measured>
  signal?: AbortSignal
}

export interface Replayed {
  model: string
  isHit: boolean
  waitedMs: number
  /** Waiting for the model included; absent where the request failed. */
  latencyMs: Measured
}

export interface Replay {
  /** In the order of their ends. */
  requests: Replayed[]
  metrics: PoolMetrics
}

/**
 * Sends a trace's requests through a pool, in order, so many at a time.
 * @throws what acquire() throws: a request that the pool refuses ends the replay.
 */
export async function replay({ pool, trace, concurrency, ask, signal }: ReplayInput): Promise<Replay> {
  const requests: Replayed[] = []
  const left = trace.values()
  const stop = new AbortController()
  const signals = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
  const worker = async (): Promise<void> => {
    for (const model of left) {
      await using lease = await pool.acquire(model, { signal: signals })
      const answerMs = await ask(model)
      const { isHit, waitedMs } = lease
      const latencyMs = answerMs.state === 'absent' ? answerMs : { ...answerMs, value: waitedMs + answerMs.value }
      requests.push({ model, isHit, waitedMs, latencyMs })
    }
  }
  const workers = Array.from({ length: concurrency }, worker)
  try {
    await Promise.all(workers)
  } finally {
    stop.abort()
    await Promise.allSettled(workers)
  }
  return { requests, metrics: pool.metrics() }
}
