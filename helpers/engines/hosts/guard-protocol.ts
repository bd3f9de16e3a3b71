/** What a guard starts: sent over its channel, since a command line can be read by everyone and may hold no secret. */
export interface GuardedLaunch {
  program: string
  arguments: string[]
  environment: Record<string, string>
  /** Between SIGTERM and SIGKILL. */
  graceMs: number
}

export type GuardMessage =
  | { type: 'started'; pid: number }
  | { type: 'not started'; reason: string }
  | { type: 'ended'; code: number | null; signal: NodeJS.Signals | null }
