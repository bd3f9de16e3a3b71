import { EngineCrashedError } from '../../errors.ts'
import { withLog } from '../log-text.ts'
import { startBinary } from './binary-host.ts'
import type { ServerHost } from './engine-host.ts'
import { howToStart } from './how-to-start.ts'
import type { RunningServer } from './running-server.ts'
import type { ServerRecipe } from './server-recipe.ts'
import type { StartOptions } from './start-options.ts'
import { untilReady } from './until-ready.ts'

/** As {@link StartOptions}; what is not said is null, or none. */
export type LaunchOptions = Pick<StartOptions, 'how'> & Partial<StartOptions>

export interface LaunchedServer extends ServerHost {
  /** On a loopback address. */
  url: string
  /** From the start of its program to its first 200, seen within 50 ms. An image's download is not part of it. */
  startMs: number
}

/**
 * Starts a real engine's server and waits until it is ready. It ends with stop(), or with this process, whatever ends
 * that: then nothing of it is left, no process, no container.
 *
 * @throws EngineStartError with what was found and the last log lines; the signal's reason where that says no.
 */
export async function launchServer(given: ServerRecipe, options: LaunchOptions): Promise<LaunchedServer> {
  const { image, arguments: further = [], environment = {}, signal } = options
  signal?.throwIfAborted()
  const recipe: ServerRecipe = {
    ...given,
    environment: place => ({ ...given.environment(place), ...environment }),
    onLogLine(line) {
      given.onLogLine?.(line)
      options.onLogLine?.(line)
    },
  }
  const how = await howToStart(recipe, options.how)
  const server =
    how === 'binary'
      ? await startBinary(recipe, further)
      : // Loaded when it is needed: testcontainers takes half a second.
        await (await import('./container-host.ts')).startContainer(
          recipe,
          image ?? recipe.container.image,
          further,
          signal,
        )
  try {
    return launched(server, recipe.title, await untilReady(server, recipe, signal))
  } catch (error) {
    await server.stop()
    throw error
  }
}

function launched(server: RunningServer, title: string, startMs: number): LaunchedServer {
  let stopping = false
  let death: Error | undefined
  return {
    origin: 'spawned',
    runsAs: server.runsAs,
    commandLine: server.commandLine,
    url: server.url,
    startMs,
    rootPid: () => server.rootPid(),
    logTail: () => server.log.tail(),
    died: new Promise(resolve => {
      void server.ended.then(how => {
        if (stopping) return
        death = new EngineCrashedError(
          withLog(`${title} (${server.runsAs}) ended on its own: ${how}.`, server.log.tail()),
        )
        resolve(death)
      })
    }),
    get death() {
      return death
    },
    async stop() {
      stopping = true
      await server.stop()
    },
  }
}
