/** What the server process is started with. */
export interface ServerProcessOptions {
  /** 0 = any that is free. */
  port: number
  threads: number
  gpu: 'auto' | false
  build: string
}

/** What it tells its parent: once that it listens, and of every process that it starts for a model. */
export type ServerProcessMessage = { type: 'listening'; port: number } | { type: 'model process'; pid: number }
