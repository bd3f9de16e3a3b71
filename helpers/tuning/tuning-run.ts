import type { EngineIdentity } from '../engines/index.ts'
import type { Observation } from '../observations/index.ts'
import type { TuningRow } from './tuning-row.ts'

/** Plan 004's tests of one row on one fresh engine. What could not be measured is absent in the engine's own words. */
export interface TuningRun {
  row: TuningRow
  /** When it ran among the others, from 0: the order is drawn by a seed, the baseline runs first and last. */
  position: number
  start: TuningStart
  /** T1, from the start of the program to ready. */
  coldStart: Observation<'ms'>
  warmStart: Observation<'ms'>
  /** T2, the median of single requests. */
  ttft: Observation<'ms'>
  /** T3, tokens a second of all requests at once, their output length fixed. */
  throughput: Observation<'tokens/s'>
  /** T4, one a prompt length, ascending. */
  longContext: LongPrompt[]
  /** T5, TTFT with a prefix that was sent before, as a share of that with one that never was. */
  prefixReuse: Observation<'factor'>
  /** T6, the highest readings under the load of T3 and T4: of the device, and of the machine's memory. */
  gpuMemory: Observation<'bytes'>
  hostMemory: Observation<'bytes'>
  /** The same of the engine's own processes: what tells rows apart. */
  engineMemory: Observation<'bytes'>
  /** Requests of all tests that failed, and the engine's crash as one more. */
  failures: Observation<'count'>
}

export interface LongPrompt {
  /** As the plan calls it: `8K`. */
  name: string
  promptTokens: number
  ttft: Observation<'ms'>
  /** Prompt tokens a second. */
  prefillRate: Observation<'tokens/s'>
}

export type TuningStart =
  | {
      state: 'started'
      identity: EngineIdentity
      /** T1, the warm start, by the engine's own log lines; by our clock where they tell nothing. */
      phases: StartPhase[]
      /** The same of the cold start; empty where there was none. */
      coldPhases: StartPhase[]
      /** In the engine's own words, what of the change it did not heed: a variable that it does not know. */
      remarks: string[]
    }
  /** The engine's own words, shortened to the lines that say why. */
  | { state: 'refused'; error: string /** A flag that this version does not know. */; unknownFlag: string | null }
  /** Not tried: it would endanger the machine. */
  | { state: 'not tried'; reason: string }

export interface StartPhase {
  /** `weights`, `KV cache`, `compilation`, … */
  name: string
  ms: number
}
