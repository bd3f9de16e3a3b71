import { type RunnerTestCase, recordArtifact } from 'vitest'
import { monotonicMs } from '../clock.ts'
import './artifacts.ts'
import type { Progress } from './progress-line.ts'

/** At most five reports a second at first, later one every two: vitest keeps every one of them until the run's end. */
const SHORTEST_INTERVAL_MS = 200
const LONGEST_INTERVAL_MS = 2000
const SHARE_OF_ELAPSED = 1 / 500

/**
 * Tells the reporter how far a measurement of this test has come. May be called for every request: it drops what comes
 * too soon and never waits. The end (`done` has reached `total`) always arrives, once; so does a step that counts nothing.
 */
export function reportProgress(task: RunnerTestCase, progress: Progress): void {
  const due = gates.get(task) ?? progressGate()
  gates.set(task, due)
  if (due(progress)) void recordArtifact(task, { type: 'perf:progress', ...progress })
}

const gates = new WeakMap<RunnerTestCase, (progress: Progress) => boolean>()

/** Decides which reports of a test are sent. */
export function progressGate(now: () => number = monotonicMs): (progress: Progress) => boolean {
  const startedAtMs = now()
  let nextAtMs = startedAtMs
  let completed = ''
  let step = ''
  return ({ spec, done, total, note }) => {
    const atMs = now()
    if (total === 0) {
      const isNew = note !== step
      step = note
      return isNew
    }
    if (done >= total) {
      if (completed === spec) return false
      completed = spec
      return true
    }
    completed = ''
    if (atMs < nextAtMs) return false
    const interval = Math.max(SHORTEST_INTERVAL_MS, (atMs - startedAtMs) * SHARE_OF_ELAPSED)
    nextAtMs = atMs + Math.min(LONGEST_INTERVAL_MS, interval)
    return true
  }
}
