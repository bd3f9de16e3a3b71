import { dockerState } from '../engines/hosts/index.ts'
import { llamaServerImage } from '../engines/llama-server/start-llama-server.ts'
import { LoadCount } from '../engines/ollama/load-count.ts'
import { ollamaRecipe } from '../engines/ollama/ollama-recipe.ts'
import { vllmImage } from '../engines/vllm/start-vllm.ts'
import { absent, type Measured, measured } from '../measured.ts'
import type { PerfOptions } from '../options/index.ts'
import type { StartableEngine } from '../plan-items/index.ts'
import { type Deadline, within } from './within.ts'

export interface SeenContainers {
  /** Version of the daemon; absent with what to do. */
  docker: Measured<string>
  /** The image that each engine would be started from, and whether it is here already. */
  images: Record<StartableEngine, { name: string; isHere: Measured<boolean> }>
}

/** Whether containers can be started, by the same look as a run takes. Nothing is fetched. */
export async function lookForContainers(
  { engine, engineImage }: Pick<PerfOptions, 'engine' | 'engineImage'>,
  deadline: Deadline,
): Promise<SeenContainers> {
  const found = await within(deadline, 'the Docker daemon', dockerState())
  const docker =
    found.state === 'absent'
      ? found
      : found.value.state === 'running'
        ? measured(found.value.version)
        : absent(found.value.reason)
  const look = async (of: StartableEngine, pinned: string) => {
    const name = engine === of ? (engineImage ?? pinned) : pinned
    return {
      name,
      isHere: docker.state === 'absent' ? docker : await within(deadline, 'the Docker daemon', hasImage(name)),
    }
  }
  const [llamaServer, ollama, vllm] = await Promise.all([
    look('llama-server', llamaServerImage()),
    look('ollama', ollamaRecipe(1, new LoadCount()).container.image),
    look('vllm', vllmImage()),
  ])
  return { docker, images: { 'llama-server': llamaServer, ollama, vllm } }
}

/** Of the daemon that was found: the client remembers it. */
async function hasImage(name: string): Promise<boolean> {
  const { getContainerRuntimeClient } = await import('testcontainers')
  const { container } = await getContainerRuntimeClient()
  try {
    await container.dockerode.getImage(name).inspect()
    return true
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return false
    throw error
  }
}
