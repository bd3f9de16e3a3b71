import type { Measured } from '../../measured.ts'
import type { Engine } from '../engine.ts'

/** A running server as its owner sees it: apart from its dialect, so that one adapter fits every way to run it. */
export interface ServerHost {
  readonly origin: 'spawned' | 'attached'
  /** As in EngineIdentity. */
  readonly runsAs: string
  /** The full command line, where it can be known. */
  readonly commandLine: string[]
  /** The server's process on this machine; absent where it runs elsewhere or may not be seen. */
  rootPid(): Promise<Measured<number>>
  /** Last log lines, newest last; empty where they cannot be had. */
  logTail(): string[]
  /** Resolves if the server dies on its own; never otherwise. */
  readonly died: Promise<Error>
  /** The reason, once it has died on its own. */
  readonly death: Error | undefined
  stop(): Promise<void>
}

/** What an adapter needs of the server behind it. */
export interface EngineHost extends ServerHost {
  restart(): Promise<Measured<Engine>>
}
