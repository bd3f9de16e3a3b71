import type { Measured } from '../measured.ts'
import type { Metric } from './metrics.ts'
import type { ReadFrom } from './sources/index.ts'
import type { QueueTarget } from './sources/queue.ts'

/** What the worker thread is started with. */
export interface WorkerSettings {
  readFrom: ReadFrom
  procRoot: string
  sysRoot: string
  hz: number
  seriesFile: string
  suiteRoot: number
  nvidiaSmi: string
  tegrastats: string
}

/** What is sampled of an engine. */
export interface FollowedEngine {
  /** Roots of its process trees; absent with the reason for its metrics. */
  roots: Measured<number[]>
  /** The engine's own metrics, or null where there are none. */
  queue: QueueTarget | null
  /** Roots of trees that serve the run beside it, such as a batch server: their CPU time counts as the suite's. */
  companions?: number[]
}

/** What the main thread asks of the worker. Every request is answered once, under its id. */
export type Request =
  | { type: 'read' }
  | { type: 'window'; metric: Metric; fromMs: number; toMs: number }
  | { type: 'points'; metric: Metric; fromMs: number; toMs: number; maxPoints: number }
  | { type: 'follow'; engine: FollowedEngine }
  | { type: 'gpus' }
  | { type: 'stop' }

export type NumberedRequest = Request & { id: number }

/** `recordingFailure` is set in every message from the first failure on. */
export type Answer =
  | { type: 'ready' }
  | { type: 'answer'; id: number; value: unknown; recordingFailure: string | null }
  | { type: 'failed'; id: number; message: string }
