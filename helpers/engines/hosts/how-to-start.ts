import { EngineStartError } from '../../errors.ts'
import { dockerState } from './docker.ts'
import { programPath } from './program-path.ts'
import type { ServerRecipe } from './server-recipe.ts'

/**
 * What was asked for; else the binary if it is on the PATH; else a container.
 *
 * @throws EngineStartError where nothing was asked for and there is neither.
 */
export async function howToStart(
  { title, program, container }: Pick<ServerRecipe, 'title' | 'program' | 'container'>,
  asked: 'binary' | 'container' | null,
): Promise<'binary' | 'container'> {
  if (asked !== null) return asked
  if (programPath(program) !== undefined) return 'binary'
  const docker = await dockerState()
  if (docker.state === 'running') return 'container'
  throw new EngineStartError(
    `${title} cannot be started: there is no program ${program} on the PATH, and no Docker for the image ` +
      `${container.image}: ${docker.reason} Or measure a server that runs already: PERF_ENGINE_URL=http://host:port.`,
  )
}
