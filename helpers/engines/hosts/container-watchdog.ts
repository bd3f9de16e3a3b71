/**
 * Removes the containers of a run, whose id is its only argument, once the run is gone: when its IPC channel closes. It
 * runs in a session of its own, so that what kills the run's process group does not reach it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { runLabel } from './run-label.ts'

const [runId = ''] = process.argv.slice(2)
const pollMs = 250
/** The daemon may still be busy with a container that the run asked for last. */
const afterglowMs = 5_000
const patienceMs = 120_000

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.once('disconnect', () => void removeAll())
process.send?.('watching')

async function removeAll(): Promise<void> {
  const startedAt = performance.now()
  for (;;) {
    const left = await removeOnce().catch(() => undefined)
    const elapsedMs = performance.now() - startedAt
    if (left === 0 && elapsedMs > afterglowMs) process.exit(0)
    if (elapsedMs > patienceMs) process.exit(1)
    await delay(pollMs)
  }
}

/** Loaded when it is needed: until then the watchdog is a bare Node. */
async function removeOnce(): Promise<number> {
  const { getContainerRuntimeClient } = await import('testcontainers')
  const { dockerode } = (await getContainerRuntimeClient()).container
  const found = await dockerode.listContainers({ all: true, filters: { label: [`${runLabel}=${runId}`] } })
  await Promise.all(found.map(({ Id }) => dockerode.getContainer(Id).remove({ force: true, v: true })))
  return found.length
}
