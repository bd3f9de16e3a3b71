import type { BatchAccount } from '../batch-api/batch-account.ts'
import type { EngineIdentity, EngineTraits, Residency } from '../engines/engine.ts'
import type { FailureClass } from '../load/request-record.ts'
import type { Measured } from '../measured.ts'
import type { Surroundings } from './surroundings.ts'

/** Which memory a criterion about "VRAM" is judged on: GPU memory, or on a machine without it the engine's host memory. */
export type MemoryDomain =
  | 'GPU memory of the engine'
  | 'GPU memory of the device'
  | 'host memory of the engine (PSS)'
  | 'host memory of the engine (RSS)'
  | 'host memory of the engine (RSS), whose RAM its GPU shares'

/** CPU time, swapping and throttling that neither the engine nor the suite caused. */
export interface Disturbance {
  /** Share of the machine's CPU capacity taken by processes that are neither the engine's nor the suite's. */
  foreignCpu: Measured
  /** Share of the machine's CPU capacity taken by the hypervisor. */
  steal: Measured
  /** Swap traffic while the engine itself had nothing swapped. */
  foreignSwapBytes: Measured
  /** Throttle events of the CPU, or seconds in which the GPU was throttled. */
  throttled: Measured
}

/** One chunk of a batch: n requests sent together, then a barrier (or its share of a batch without one). */
export interface ChunkResult {
  index: number
  startMs: number
  endMs: number
  completed: number
  failed: number
  /** Memory at the end of the chunk, nothing in flight. */
  memoryBytes: Measured
}

export interface BatchResult {
  index: number
  startMs: number
  endMs: number
  chunks: ChunkResult[]
  completed: number
  failed: number
  failures: Partial<Record<FailureClass, number>>
  promptTokens: number
  completionTokens: number
  /** Absent where the engine does not tell. */
  cachedTokens: Measured
  /** One entry a completed request, in order of completion. */
  ttftMs: number[]
  ttfotMs: number[]
  e2eMs: number[]
  /** Time per output token after the first: (E2E − TTFT) / (tokens − 1), one entry a request with two tokens or more. */
  tpotMs: number[]
  /** Gaps between events, pooled over requests. */
  itlMs: { p50: number; p95: number; p99: number; max: number } | null
  memory: Measured<{ beforeBytes: number; afterBytes: number; peakBytes: number }>
  /** Before the first and after the last request of the batch. */
  residency: { before: Residency; after: Residency }
  /** From the end of the batch before to the first token of this one, less what a first token usually takes. */
  startDelayMs: Measured
  disturbance: Disturbance
  /**
   * The least load time that the engine reported for a request of the first chunk: a reload makes all of them wait.
   * Absent where the engine does not tell.
   */
  engineLoadMs: Measured
  /** Share of the KV cache in use after the batch, nothing in flight. */
  kvCacheShare: Measured
  /** Errors that the engine logged meanwhile. */
  logErrors: string[]
}

/** The client's own health over the whole run. */
export interface ClientHealth {
  eventLoopLagP99Ms: number
  eventLoopLagMaxMs: number
  scheduleDelayP50Ms: number
  scheduleDelayP99Ms: number
}

/** Several batches back to back on one engine and one model: what the criteria of plan 001 are judged on. Plain data. */
export interface BatchRun {
  /** `<plan>.<spec>`: `001.sequential-batches`. */
  id: string
  engine: EngineIdentity
  model: {
    name: string /** Divides the plan's memory limits; 1 for a real or full-size model. */
    scale: number
    bytes: number
  }
  hardware: string
  workload: { hash: string; description: string }
  memoryDomain: Measured<MemoryDomain>
  /** Why the memory of this domain may grow without a leak; null where nothing explains growth. */
  memoryGrowsByDesign: EngineTraits['hostMemoryGrowsByDesign']
  /** What was free for the engine to grow into when the run began. */
  freeMemoryBytes: Measured
  /** Requests whose records come from before the run was resumed; 0 for a run in one piece. */
  earlierRequests: number
  batches: BatchResult[]
  /** What became of every custom_id; absent where requests go straight to the engine. */
  accounts: Measured<BatchAccount[]>
  client: ClientHealth
  surroundings: Surroundings
  loadMs: Measured
}
