import type { Measured } from '../measured.ts'
import type { Engine } from './engine.ts'

/** Where an engine's server runs and who may end it: apart from its dialect, so that one adapter fits every way. */
export interface EngineHost {
  readonly origin: 'spawned' | 'attached'
  /** The server's process on this machine; absent where it runs elsewhere or may not be seen. */
  rootPid(): Promise<Measured<number>>
  /** Last log lines, newest last; empty where they cannot be had. */
  logTail(): string[]
  /** Resolves if the server dies on its own; never otherwise. */
  readonly died: Promise<Error>
  /** The reason, once it has died on its own. */
  readonly death: Error | undefined
  restart(): Promise<Measured<Engine>>
  stop(): Promise<void>
}
