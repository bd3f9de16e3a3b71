import { setTimeout as delay } from 'node:timers/promises'
import { type Container, hasStatus } from './docker.ts'

const pollMs = 50
/** Not modified: it has ended already. Not found: it is gone. Conflict: somebody else is removing it. */
const inOrder = [304, 404, 409]

/** Ends a container, SIGTERM first and SIGKILL after the grace, and resolves when it is gone. */
export async function removeContainer(container: Container, graceSeconds: number): Promise<void> {
  if (graceSeconds > 0) await container.stop({ t: graceSeconds }).catch(unless(inOrder))
  await container.remove({ force: true, v: true }).catch(unless(inOrder))
  while (await exists(container)) await delay(pollMs)
}

async function exists(container: Container): Promise<boolean> {
  try {
    await container.inspect()
    return true
  } catch (error) {
    if (hasStatus(error, 404)) return false
    throw error
  }
}

const unless =
  (statuses: number[]) =>
  (error: unknown): void => {
    if (!hasStatus(error, ...statuses)) throw error
  }
