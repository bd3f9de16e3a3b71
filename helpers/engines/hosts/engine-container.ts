import { GenericContainer, PullPolicy, type WaitStrategy } from 'testcontainers'
import { attachLog } from './container-watch.ts'
import type { Container, DockerClient } from './docker.ts'
import { runId, runLabel } from './run-label.ts'
import type { ServerLog } from './server-log.ts'

export type HostConfig = NonNullable<Parameters<DockerClient['container']['create']>[0]['HostConfig']>

/** Readiness is asked for elsewhere: testcontainers' own resolution is a second. */
const atOnce: WaitStrategy = {
  waitUntilReady: async () => {},
  withStartupTimeout: () => atOnce,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => 0,
}

/**
 * A container with what testcontainers has no word for: devices, mounts, a port on the loopback address alone. Never
 * one that was there before.
 */
export class EngineContainer extends GenericContainer {
  /** Resolves when it has been created, before it is started; never where it cannot be. */
  readonly created: Promise<Container>
  readonly #created = Promise.withResolvers<Container>()
  readonly #client: DockerClient
  readonly #log: ServerLog

  constructor(client: DockerClient, image: string, port: number, hostConfig: HostConfig, log: ServerLog) {
    super(image)
    this.#client = client
    this.#log = log
    this.created = this.#created.promise
    this.withExposedPorts(port)
      .withLabels({ [runLabel]: runId })
      .withWaitStrategy(atOnce)
      .withPullPolicy(PullPolicy.neverPull())
    const binding = { HostIp: '127.0.0.1', HostPort: '' }
    Object.assign(this.hostConfig, hostConfig, { PortBindings: { [`${port}/tcp`]: [binding] } })
  }

  /** The log is attached before the start: one that ends at once has said why. */
  protected override async containerCreated(containerId: string): Promise<void> {
    const container = this.#client.container.getById(containerId)
    this.#created.resolve(container)
    await attachLog(container, this.#log)
  }
}
