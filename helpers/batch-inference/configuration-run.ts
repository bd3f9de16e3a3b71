import type { BatchConfiguration } from '../configurations/index.ts'
import type { Measured } from '../measured.ts'
import type { FailureKind } from './failure-kind.ts'

/** Requests that ended together, in the order of their ends: over HTTP a batch's worth of them, on Ray a block of rows. */
export interface FinishedBlock {
  /** Since the first request was sent, or the first row went in. */
  endMs: number
  requests: number
  completionTokens: number
}

/** What came of one configuration. Plain data. */
export interface ConfigurationRun {
  /** As it was run: scaled by the profile, capped by the machine. */
  configuration: BatchConfiguration
  /** As it is in the file. */
  planned: BatchConfiguration
  ranOn: 'http' | 'ray'
  /** What the model's size was divided by; 1 for a whole one. */
  scale: number
  /** What differs from what was asked for, a sentence each: `2 replicas instead of 16, 8 batches in flight at each`. */
  remarks: string[]
  outcome: ConfigurationOutcome
}

export type ConfigurationOutcome =
  | RanThrough
  /** It started and did not come to its end, or could not start: `message` is the engine's own. */
  | { state: 'failed'; kind: FailureKind; message: string }
  /** Not tried here, and why: it would not fit, the machine has no such GPU, the model is not there. */
  | { state: 'not run'; reason: string }

/** It came to its end; single requests may have failed. */
export interface RanThrough {
  state: 'ran'
  /** Requests that were worked on at the same time at most: the engine's slots, or all that were outstanding. */
  atOnce: number
  /** From the first request's sending (on Ray: the first row's going in, engines up) to the last one's end. */
  durationMs: number
  /** From the submission of the job, or the start of the load, until requests could be sent. */
  startUpMs: number
  completed: number
  failed: number
  failures: Partial<Record<FailureKind, number>>
  promptTokens: number
  completionTokens: number
  blocks: FinishedBlock[]
  /** Ids that went in and did not come out, came out twice, or were never sent; all three empty in a sound run. */
  accounts: { missing: string[]; twice: string[]; unknown: string[] }
  /** The highest reading while it ran, of the engine. */
  peakMemory: Measured<{ domain: string; bytes: number }>
  /** What the host did meanwhile, in words; null for nothing. */
  disturbance: string | null
}
