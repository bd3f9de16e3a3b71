import type { Measured } from '../../measured.ts'
import type { ServerLog } from './server-log.ts'

/** A server that has been started, whether it is ready yet or not: the same for a binary and for a container. */
export interface RunningServer {
  runsAs: string
  commandLine: string[]
  url: string
  /** On the monotonic clock, when its program was started. */
  startedAtMs: number
  log: ServerLog
  /** Resolves with how it ended, once its last log line was read: `exit code 1`, `SIGKILL`. */
  ended: Promise<string>
  rootPid(): Promise<Measured<number>>
  /** Why the process that listens on its port is none of its own, if that can be seen. */
  portTakenBy(): Promise<string | undefined>
  /** Ends it, gracefully at first; resolves when all of it is gone. May be called again. */
  stop(): Promise<void>
}
