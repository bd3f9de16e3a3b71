import { type Measured, measured } from '../measured.ts'
import type { Engine } from './engine.ts'
import type { EngineHost } from './hosts/index.ts'
import type { HttpClient } from './http-client.ts'

/** What every adapter of one server has: the server as a process, whatever it speaks. */
export abstract class ServerEngine {
  protected readonly client: HttpClient
  protected readonly host: EngineHost

  constructor(client: HttpClient, host: EngineHost) {
    this.client = client
    this.host = host
  }

  get died(): Promise<Error> {
    return this.host.died
  }

  logTail(): string[] {
    return this.host.logTail()
  }

  async processRoots(): Promise<Measured<number[]>> {
    const root = await this.host.rootPid()
    return root.state === 'measured' ? measured([root.value]) : root
  }

  async restart(): Promise<Measured<Engine>> {
    return this.host.restart()
  }

  async stop(): Promise<void> {
    await this.host.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** A server that died explains a request that failed better than the broken connection does. */
  protected async ask<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (error) {
      throw this.host.death ?? error
    }
  }
}
