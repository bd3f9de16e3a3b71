import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { cleanEnvironment } from '../engines/hosts/clean-environment.ts'
import { CouldNotMeasureError } from '../errors.ts'
import { siblingModule } from '../sibling-module.ts'

/** What the canceller is told. */
export type CancellerTask =
  | { kind: 'server'; url: string; headers: Record<string, string> }
  | { kind: 'began'; batch: string }
  | { kind: 'ended'; batch: string }
  | { kind: 'file'; file: string }

/** Cancels the batches that have begun and not ended if this process goes, whatever ends it. */
export interface Canceller extends AsyncDisposable {
  tell(task: CancellerTask): Promise<void>
}

/** Starts a process of its own: after a SIGKILL nothing else is left that could cancel. */
export async function startCanceller(): Promise<Canceller> {
  const script = fileURLToPath(siblingModule(import.meta.url, 'batch-canceller'))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: cleanEnvironment(),
    detached: true,
  })
  const exited = once(child, 'exit')
  const ended = exited.then(([code, signal]) => {
    throw new CouldNotMeasureError(`The process that cancels batches ended at once (${signal ?? `exit code ${code}`}).`)
  })
  await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {})
  // It watches this process, and is no reason for it to go on.
  child.unref()
  child.channel?.unref()
  // A worker whose parent died may hang on, and its channels with it.
  const letGo = () => {
    if (child.connected) child.disconnect()
  }
  process.once('disconnect', letGo)
  return {
    tell: task =>
      new Promise((resolve, reject) => {
        child.send(task, error => (error === null ? resolve() : reject(error)))
      }),
    [Symbol.asyncDispose]: async () => {
      process.off('disconnect', letGo)
      child.ref()
      letGo()
      await exited
    },
  }
}
