/** What a guard starts: sent over its channel, since a command line can be read by everyone and may hold no secret. */
export interface GuardedLaunch {
  program: string
  arguments: string[]
  environment: Record<string, string>
  /** Between SIGTERM and SIGKILL. */
  graceMs: number
  /** Of its temporary files: removed once all of its processes are gone. */
  folder?: string
}

export type GuardMessage =
  /** `startedAtMs` is on the monotonic clock: a message may be read late on a busy machine. */
  | { type: 'started'; pid: number; startedAtMs: number }
  | { type: 'not started'; reason: string }
  | { type: 'ended'; code: number | null; signal: NodeJS.Signals | null }
