import type { ServerRecipe } from '../engines/hosts/index.ts'
import type { ComposeService } from './compose-file.ts'
import type { DeploymentChoice } from './deployment-choice.ts'
import type { Variables } from './variables.ts'

/**
 * Shared memory and the limits of locked memory, in compose's words. A /dev/shm of the container's own has a size; the
 * host's has the one that it has there.
 */
export function memoryKeys(
  { engine, arguments: further, sharedMemoryBytes }: DeploymentChoice,
  { container: { ipc, ulimits = {} } }: ServerRecipe,
  gpus: boolean,
  variables: Variables,
): ComposeService {
  // Host memory that a GPU reads is locked, and so are weights that are to stay.
  const locks = (engine === 'vllm' && gpus) || further.includes('--mlock')
  const limits = { ...ulimits, ...(locks && { memlock: -1 }) }
  return {
    ...(sharedMemoryBytes === null
      ? ipc !== undefined && { ipc }
      : { shm_size: variables.reference('SHARED_MEMORY', sizeOf(sharedMemoryBytes), 'Of /dev/shm.') }),
    ...(Object.keys(limits).length > 0 && { ulimits: limits }),
  }
}

/** `32g`: compose's g is 2³⁰. */
const sizeOf = (bytes: number): string => (bytes % 2 ** 30 === 0 ? `${bytes / 2 ** 30}g` : `${bytes}b`)
