import { ImageName } from 'testcontainers'
import { EngineStartError } from '../../errors.ts'
import { type DockerClient, hasStatus, messageOf } from './docker.ts'

/**
 * Fetches the image if this machine lacks it; resolves with its entrypoint.
 *
 * @throws EngineStartError naming the image, how to get it, and what to do without it; the signal's reason.
 */
export async function ensureImage(
  client: DockerClient,
  image: string,
  title: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const name = ImageName.fromString(image)
  const present = await entrypointOf(client, name)
  if (present) return present
  let reason = 'the registry sent no image'
  try {
    await Promise.race([client.image.pull(name), ...(signal ? [aborted(signal)] : [])])
  } catch (error) {
    signal?.throwIfAborted()
    reason = messageOf(error)
  }
  const fetched = await entrypointOf(client, name)
  if (fetched) return fetched
  throw new EngineStartError(
    `${title} cannot be started: this machine has no image ${name.string}, and it could not be fetched ` +
      `(${reason}). Fetch it where there is a network (docker pull ${name.string}; docker save, docker load), name ` +
      'another (PERF_ENGINE_IMAGE), or measure a running server (PERF_ENGINE_URL).',
  )
}

async function entrypointOf(client: DockerClient, name: ImageName): Promise<string[] | undefined> {
  try {
    const { Entrypoint: entrypoint } = (await client.image.inspect(name)).Config
    return typeof entrypoint === 'string' ? [entrypoint] : (entrypoint ?? [])
  } catch (error) {
    if (hasStatus(error, 404)) return undefined
    throw error
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    if (signal.aborted) reject(signal.reason)
  })
