import { EngineCrashedError, EngineStartError } from '../../errors.ts'
import { absent } from '../../measured.ts'
import { withLog } from '../log-text.ts'
import { containerEnded, containerPid, followLog, shortId } from './container-watch.ts'
import { type ContainerFacts, hasStatus, messageOf, requireDocker } from './docker.ts'
import type { EngineHost } from './engine-host.ts'
import { ServerLog } from './server-log.ts'

/**
 * A server in a container that somebody else runs: its process is found, its log is read, its end is noticed. It is
 * neither restarted nor stopped.
 *
 * @param nameOrId as in `docker ps`.
 * @throws EngineStartError where there is no Docker, or no such container that runs.
 */
export async function containerHost(
  nameOrId: string,
  { onLogLine }: { onLogLine?: (line: string) => void } = {},
): Promise<EngineHost> {
  const purpose = `The engine in container ${nameOrId} (PERF_ENGINE_CONTAINER)`
  const client = await requireDocker(purpose)
  const container = client.container.dockerode.getContainer(nameOrId)
  let facts: ContainerFacts
  try {
    facts = await container.inspect()
  } catch (error) {
    const reason = hasStatus(error, 404) ? 'there is no such container' : messageOf(error)
    throw new EngineStartError(`${purpose} cannot be looked at: ${reason}. docker ps lists those that run.`)
  }
  if (!facts.State.Running) {
    throw new EngineStartError(`${purpose} is ${facts.State.Status}, not running. Start it: docker start ${nameOrId}.`)
  }
  const looking = new AbortController()
  const log = new ServerLog(onLogLine)
  await followLog(container, log, looking.signal)
  const runsAs = `container ${facts.Config.Image} (${shortId(facts.Id)})`
  let death: Error | undefined
  return {
    origin: 'attached',
    runsAs,
    commandLine: [facts.Path, ...facts.Args],
    rootPid: () => containerPid(container),
    logTail: () => log.tail(),
    died: new Promise(resolve => {
      void containerEnded(container, looking.signal).then(how => {
        if (looking.signal.aborted) return
        death = new EngineCrashedError(withLog(`The engine in ${runsAs} ended: ${how}.`, log.tail()))
        resolve(death)
      })
    }),
    get death() {
      return death
    },
    restart: async () =>
      absent(`the engine in container ${nameOrId} was not started by this suite, so it is not restarted either`),
    // It ends the looking alone.
    stop: async () => looking.abort(),
  }
}
