import type { Measured } from '../../measured.ts'
import type { GpuDevice } from './gpu-device.ts'
import type { QueueTarget } from './queue.ts'
import type { Instant, Source } from './source.ts'

/** Everything that is read of a machine, and what it needs to be told. */
export interface AllSources {
  sources: readonly Source[]
  /** Resolves when those that have to wait have something to say. */
  ready: Promise<unknown>
  /** Which processes are the engine's from now on; CPU time of `companions` is the suite's. */
  follow(roots: Measured<number[]>, instant: Instant, companions?: readonly number[]): void
  /** Brings up to date what several sources share; before they are sampled. */
  update(instant: Instant): void
  /** Before a complete reading, where answers take a while: resolves when they are new. */
  refresh(): Promise<void>
  /** Asks another engine for its queue from now on. */
  followQueue(target: QueueTarget | null): Promise<void>
  /** Each GPU by itself. */
  gpus(atMs: number): Measured<readonly GpuDevice[]>
  stop(): Promise<void>
}
