import type { Measured } from '../measured.ts'
import type { FollowedEngine } from './messages.ts'
import type { Metric, Point, Reading, WindowStatistics } from './metrics.ts'
import type { GpuDevice } from './sources/gpu-device.ts'

/** The handle that the main thread holds; the work is done in a worker thread. */
export interface Sampler extends AsyncDisposable {
  /** A complete reading now, PSS included. Taken at the edges of windows. */
  read(): Promise<Reading>
  /** Statistics of a metric over the samples in [fromMs, toMs] on the monotonic clock; absent with the reason. */
  window(metric: Metric, fromMs: number, toMs: number): Promise<Measured<WindowStatistics>>
  /** The samples of a metric in [fromMs, toMs], at most `maxPoints`, peaks kept. */
  points(metric: Metric, fromMs: number, toMs: number, maxPoints: number): Promise<Point[]>
  /** Which engine is sampled from now on. */
  follow(engine: FollowedEngine): Promise<void>
  /** Each GPU by itself, as it was last read; absent with the reason where none is seen. */
  gpus(): Promise<Measured<GpuDevice[]>>
  stop(): Promise<void>
}
