import type { DriverEvent } from './driver-event.ts'
import type { JobState } from './jobs-client.ts'

/** What was seen of a job from its submission to its end. Plain data, so that what came of it can be decided from a file. */
export interface JobCourse {
  /** By this machine's clock, ms since 1970. */
  submittedAtMs: number
  /** In their order. */
  events: DriverEvent[]
  ending: JobEnding
}

export type JobEnding =
  /** It came to its end; `log` is all that the driver has written. */
  | { how: 'over'; job: JobState; log: string }
  /** It was stopped by us. In words: what it waits for and what the cluster has. */
  | { how: 'waits'; message: string }
  /** It was stopped by us: an engine of it ended, and Ray would start it again. */
  | { how: 'engine lost'; message: string }
  /** It was stopped by us: nothing came for too long. */
  | { how: 'silent'; message: string }
  /** The cluster does not answer any more. */
  | { how: 'cluster lost'; message: string }
