import type { Measured } from '../measured.ts'
import type { BatchRun } from './batch-run.ts'

/** Where and when a run was measured, and how to measure a shorter one of the same workload on a fresh engine. */
export interface RunOrigin {
  /** When the engine that was measured was started, or attached to. */
  engineStartedAt: Date
  /** Restarts the engine and measures again, once: later calls get the same run. Absent when it is not ours to restart. */
  measureOnFreshStart: () => Promise<Measured<BatchRun>>
}

// Beside the run and not in it: a BatchRun is plain data that travels to the reporter.
const origins = new WeakMap<BatchRun, RunOrigin>()

export function rememberOrigin(run: BatchRun, origin: RunOrigin): void {
  let again: Promise<Measured<BatchRun>> | null = null
  origins.set(run, { ...origin, measureOnFreshStart: () => (again ??= origin.measureOnFreshStart()) })
}

export function originOf(run: BatchRun): RunOrigin | null {
  return origins.get(run) ?? null
}
