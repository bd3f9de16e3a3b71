/**
 * Cancels what a run has left on a server of the Batch API, once the run is gone: when its IPC channel closes. A batch
 * would else run on for hours. It runs in a session of its own, so that what kills the run's process group does not
 * reach it.
 */
import type { CancellerTask } from './leave-nothing-behind.ts'

const PATIENCE_MS = 10_000

const batches = new Set<string>()
const files = new Set<string>()
let server: Extract<CancellerTask, { kind: 'server' }> | null = null

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('message', (task: CancellerTask) => {
  if (task.kind === 'server') server = task
  else if (task.kind === 'began') batches.add(task.batch)
  else if (task.kind === 'ended') batches.delete(task.batch)
  else files.add(task.file)
})
process.once('disconnect', () => void cancelAll().finally(() => process.exit(0)))
process.send?.('watching')

async function cancelAll(): Promise<void> {
  if (batches.size === 0) return
  await Promise.allSettled([...batches].map(id => ask('POST', `batches/${id}/cancel`)))
  await Promise.allSettled([...files].map(id => ask('DELETE', `files/${id}`)))
}

async function ask(method: string, path: string): Promise<void> {
  if (server === null) return
  const { url, headers } = server
  await fetch(`${url}/v1/${path}`, { method, headers, signal: AbortSignal.timeout(PATIENCE_MS) })
}
