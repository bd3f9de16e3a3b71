import type { Bench } from '../lab/index.ts'
import { absent, type Measured } from '../measured.ts'
import type { TuningStart } from './tuning-run.ts'

/** One start of the engine with its model, until it answers. */
export interface TimedStart {
  ms: number
  /** What the host did meanwhile, in words; null for nothing. */
  disturbance: string | null
}

/** T6: the highest readings. */
export interface PeakMemory {
  /** Of all GPUs of the machine. */
  gpuBytes: Measured
  /** In use on the machine, by anyone. */
  hostBytes: Measured
  /** Of the engine's processes (RSS). */
  engineBytes: Measured
}

/** What one row's tests gave, as raw as it is kept. A test that was not reached is null: `start` or `crash` says why. */
export interface RowData {
  start: TuningStart
  coldStart: Measured<TimedStart>
  warmStart: Measured<TimedStart>
  single: Bench | null
  concurrent: Bench | null
  /** In the order of the plan's prompts. */
  long: Bench[]
  /** Prompts whose prefix was never sent, and prompts whose prefix was; the one that sent it first is among them. */
  unlike: Bench | null
  shared: Bench | null
  memory: Measured<PeakMemory>
  /** Why the tests ended early: the engine's crash in its own words; null where they did not. */
  crash: string | null
}

/** Before any test: no start is timed, and memory is absent for this reason. */
export function untested(start: TuningStart, reason: string): RowData {
  const none = absent(reason)
  return {
    start,
    coldStart: none,
    warmStart: none,
    single: null,
    concurrent: null,
    long: [],
    unlike: null,
    shared: null,
    memory: none,
    crash: null,
  }
}
