import type { TestArtifactBase } from 'vitest'
import type { RequestCounts } from './request-counts.ts'

/** Requests are warm-ups, or part of what is measured. */
export type RequestPhase = 'warm-up' | 'measured'

/** Requests that have ended since the report before. Sent while somebody may ask for metrics of the run. */
export interface RequestsArtifact extends TestArtifactBase {
  type: 'perf:requests'
  ended: Record<RequestPhase, RequestCounts>
  /** At this moment. */
  outstanding: number
}

declare module 'vitest' {
  interface TestArtifactRegistry {
    perfRequests: RequestsArtifact
  }
}
