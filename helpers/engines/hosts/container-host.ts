import { setTimeout as delay } from 'node:timers/promises'
import { monotonicMs } from '../../clock.ts'
import { EngineStartError } from '../../errors.ts'
import { cleanUpAfterUs } from './container-cleanup.ts'
import { containerCommand } from './container-command.ts'
import { gpuAccess } from './container-gpus.ts'
import { ensureImage } from './container-image.ts'
import { ContainerMounts } from './container-mounts.ts'
import { containerEnded, containerPid, shortId } from './container-watch.ts'
import { type DockerClient, requireDocker } from './docker.ts'
import { daemonRefusal } from './docker-refusal.ts'
import { EngineContainer, type HostConfig } from './engine-container.ts'
import { isOwnAddress } from './own-address.ts'
import { onParentLost } from './owner-end.ts'
import { removeContainer } from './remove-container.ts'
import type { RunningServer } from './running-server.ts'
import { ServerLog } from './server-log.ts'
import type { ServerRecipe } from './server-recipe.ts'
import { startError } from './start-error.ts'

const graceSeconds = 5
/** Between a container's end and the last line of its log. */
const logLimitMs = 1_000

/** Starts the recipe's program in a container of its own, published on a free port of 127.0.0.1. */
export async function startContainer(
  recipe: ServerRecipe,
  image: string,
  further: string[],
  signal?: AbortSignal,
): Promise<RunningServer> {
  const client = await requireDocker(`${recipe.title} in a container`)
  await requireThisMachine(client, recipe.title)
  const imageEntrypoint = await ensureImage(client, image, recipe.title, signal)
  const { reaper } = await cleanUpAfterUs(client)
  signal?.throwIfAborted()

  const { port, gpus } = recipe.container
  const mounts = new ContainerMounts()
  const place = { host: '0.0.0.0', port, path: (local: string) => mounts.add(local) }
  const words = [...recipe.arguments(place), ...further]
  const { entrypoint, command } = containerCommand(recipe.program, words, imageEntrypoint)
  const gpu = gpus ? gpuAccess() : { hostConfig: {}, environment: {} }
  const hostConfig = { ...gpu.hostConfig, ...hostConfigOf(recipe.container, mounts) }
  const log = new ServerLog(line => recipe.onLogLine?.(line))
  const generic = new EngineContainer(client, image, port, hostConfig, log)
    .withEntrypoint(entrypoint)
    .withCommand(command)
    .withEnvironment({ ...gpu.environment, ...inherited(recipe.inherited), ...recipe.environment(place) })
    .withAutoCleanup(reaper)

  const startedAtMs = monotonicMs()
  const { container, publishedPort, ended } = await start(generic, port, log, (reason, id) =>
    startError(recipe.title, nameOf(image, id), reason, log),
  )
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= removeContainer(container, graceSeconds)
    return stopped
  }
  const release = onParentLost(() => void stop())
  void ended.then(release)
  return {
    runsAs: nameOf(image, container.id),
    commandLine: [...entrypoint, ...command],
    url: `http://127.0.0.1:${publishedPort}`,
    startedAtMs,
    log,
    ended,
    rootPid: () => containerPid(container),
    // Docker holds the port before the server is started.
    portTakenBy: async () => undefined,
    stop,
  }
}

const nameOf = (image: string, id: string | undefined): string =>
  id === undefined ? `container ${image}` : `container ${image} (${shortId(id)})`

type Container = Awaited<EngineContainer['created']>

/** Starts it, and leaves none behind where that fails. One that ends before its port is published is told at once. */
async function start(
  generic: EngineContainer,
  port: number,
  log: ServerLog,
  failed: (reason: string, id: string | undefined) => Error,
): Promise<{ container: Container; publishedPort: number; ended: Promise<string> }> {
  let container: Container | undefined
  const ended = generic.created.then(async created => {
    container = created
    const how = await containerEnded(created)
    await Promise.race([log.ended(), delay(logLimitMs, undefined, { ref: false })])
    return how
  })
  try {
    const early = ended.then((how): never => {
      throw failed(how, container?.id)
    })
    const started = await Promise.race([generic.start(), early])
    return { container: await generic.created, publishedPort: started.getMappedPort(port), ended }
  } catch (error) {
    if (container) await removeContainer(container, 0)
    if (error instanceof EngineStartError) throw error
    throw failed(daemonRefusal(error), container?.id)
  }
}

function hostConfigOf(container: ServerRecipe['container'], mounts: ContainerMounts): HostConfig {
  const { sharedMemoryBytes, ipc, ulimits = {}, volumes = [] } = container
  return {
    ...(sharedMemoryBytes === undefined ? {} : { ShmSize: sharedMemoryBytes }),
    ...(ipc === undefined ? {} : { IpcMode: ipc }),
    Ulimits: Object.entries(ulimits).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })),
    Mounts: [
      ...mounts.list(),
      ...volumes.map(({ name, target }) => ({ Type: 'volume' as const, Source: name, Target: target })),
    ],
  }
}

function inherited(names: RegExp): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && names.test(name) ? [[name, value]] : [],
    ),
  )
}

/** A port of another machine's loopback address is of no use here, and neither are this machine's files there. */
async function requireThisMachine(client: DockerClient, title: string): Promise<void> {
  const { host } = client.info.containerRuntime
  // Where /.dockerenv exists, testcontainers names the bridge's gateway, which on the daemon's own machine is its own.
  if (await isOwnAddress(host)) return
  throw new EngineStartError(
    `${title} cannot be started in a container: its Docker daemon is at ${host}, and only one on this machine is ` +
      'used. Start the server there yourself and measure it by its URL (PERF_ENGINE_URL).',
  )
}
