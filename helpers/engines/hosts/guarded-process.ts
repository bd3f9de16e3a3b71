import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { CouldNotMeasureError, EngineStartError } from '../../errors.ts'
import { siblingModule } from '../../sibling-module.ts'
import { withLog } from '../log-text.ts'
import { cleanEnvironment } from './clean-environment.ts'
import { exitReason } from './exit-reason.ts'
import type { GuardedLaunch, GuardMessage } from './guard-protocol.ts'
import { onParentLost } from './owner-end.ts'
import type { ServerLog } from './server-log.ts'

interface Started {
  pid: number
  startedAtMs: number
  ended: Promise<string>
}

/** How long a log may stay open after all processes that wrote to it have ended. */
const logLimitMs = 1_000

/**
 * A program that does not outlive this process, whatever ends that: a guard process in a session of its own starts it,
 * and ends it with all that it started as soon as this process is gone (see guard.ts).
 */
export class GuardedProcess {
  readonly pid: number
  /** On the monotonic clock, just before the program was started. */
  readonly startedAtMs: number
  /** Resolves with how the program ended, once all its processes are gone and its last log line was read. */
  readonly ended: Promise<string>
  readonly #guard: ChildProcess
  readonly #log: ServerLog

  private constructor(guard: ChildProcess, { pid, startedAtMs, ended }: Started, log: ServerLog) {
    this.startedAtMs = startedAtMs
    this.#guard = guard
    this.pid = pid
    this.ended = ended
    this.#log = log
  }

  /** @throws EngineStartError where the program cannot be run. */
  static async start(launch: GuardedLaunch, log: ServerLog): Promise<GuardedProcess> {
    const script = fileURLToPath(siblingModule(import.meta.url, 'guard'))
    const guard = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: cleanEnvironment(),
      detached: true,
    })
    if (guard.stdout) log.follow(guard.stdout)
    if (guard.stderr) log.follow(guard.stderr)
    const release = onParentLost(() => guard.connected && guard.disconnect())
    const messages = new Promise<Started>((resolve, reject) => {
      let how: string | undefined
      const ended = toTheEnd(guard, log, () => how).finally(release)
      guard.on('message', (message: GuardMessage) => {
        if (message.type === 'started') resolve({ pid: message.pid, startedAtMs: message.startedAtMs, ended })
        else if (message.type === 'ended') how = exitReason(message.code, message.signal)
        else reject(new EngineStartError(`${launch.program} cannot be run: ${message.reason}.`))
      })
      ended.then(end => reject(new EngineStartError(`The guard of ${launch.program} ended: ${end}.`)), reject)
    })
    // The guard may be gone already; then `ended` says how.
    guard.send(launch, undefined, undefined, () => {})
    const started = new GuardedProcess(guard, await messages, log)
    guard.once('exit', () => started.#killAll(launch.folder))
    return started
  }

  /** Ends all its processes: SIGTERM, and SIGKILL after the grace. @throws CouldNotMeasureError if some do not end. */
  async stop(): Promise<void> {
    if (this.#guard.connected) this.#guard.disconnect()
    await this.ended
    if (this.#guard.exitCode !== 1) return
    throw new CouldNotMeasureError(withLog(`The server (pid ${this.pid}) could not be ended.`, this.#log.tail()))
  }

  /** Of use only where the guard itself was killed: else the group has ended with it, and the folder is gone. */
  #killAll(folder: string | undefined): void {
    if (this.#guard.signalCode === null) return
    try {
      process.kill(-this.pid, 'SIGKILL')
    } catch {
      // ESRCH: all of the group has ended already.
    }
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}

async function toTheEnd(guard: ChildProcess, log: ServerLog, how: () => string | undefined): Promise<string> {
  // The channel closes after its last message was read, which may be later than the exit.
  const drained = guard.connected ? once(guard, 'disconnect') : Promise.resolve()
  const exit = once(guard, 'exit').then(
    ([code, signal]) => `its guard ended, ${exitReason(code, signal)}`,
    error => String(error),
  )
  const [guardEnd] = await Promise.all([exit, drained])
  await Promise.race([log.ended(), delay(logLimitMs, undefined, { ref: false })])
  return how() ?? guardEnd
}
