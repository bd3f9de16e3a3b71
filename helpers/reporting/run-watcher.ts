import type { TestArtifact } from 'vitest'
import type { Verdict } from '../verdicts/index.ts'

/** Is told of a run of perf specs while it goes on, in vitest's main process. */
export interface RunWatcher {
  /** Before anything is started. */
  started(): Promise<void>
  artifact(artifact: TestArtifact): void
  /** How often each of the five words was said so far. */
  judged(counts: Readonly<Record<Verdict, number>>): void
  /** Also of a run that was interrupted. */
  ended(): Promise<void>
}
