import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { EngineCrashedError, EngineStartError } from '../../errors.ts'
import { isAlive } from '../../processes/index.ts'
import { siblingModule } from '../../sibling-module.ts'
import { withLog } from '../log-text.ts'
import { engineEnvironment } from './engine-environment.ts'
import type { ServerProcessMessage, ServerProcessOptions } from './server-options.ts'

const logLines = 50
const shownLines = 15
const startLimitMs = 30_000

/**
 * The server's process with what its owner needs to know: its log, its death, its end. It does not outlive this process,
 * whatever ends that.
 */
export class EngineProcess {
  readonly died: Promise<Error>
  death: Error | undefined
  readonly #process: ChildProcess
  readonly #exited: Promise<string>
  readonly #log: string[] = []
  readonly #modelPids = new Set<number>()
  #stopping = false

  private constructor(options: ServerProcessOptions) {
    const script = fileURLToPath(siblingModule(import.meta.url, 'server-process'))
    const flags = ['--expose-gc', '--max-semi-space-size=2', '--disable-warning=ExperimentalWarning']
    this.#process = spawn(process.execPath, [...flags, script, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: engineEnvironment(),
      // A process group of its own: Ctrl-C does not reach it, and all of it can be ended at once.
      detached: true,
    })
    this.#exited = this.#followToTheEnd()
    this.died = new Promise(resolve => {
      void this.#exited.then(how => {
        unguard(this.#kill)
        if (this.#stopping) return
        this.death = new EngineCrashedError(
          withLog(`The embedded engine (pid ${this.pid}) ended on its own: ${how}.`, this.logTail()),
        )
        resolve(this.death)
      })
    })
    guard(this.#kill)
  }

  /** @throws EngineStartError with the last log lines, or the signal's reason. */
  static async start(
    options: ServerProcessOptions,
    signal: AbortSignal | undefined,
  ): Promise<{ process: EngineProcess; port: number }> {
    signal?.throwIfAborted()
    const engine = new EngineProcess(options)
    try {
      return { process: engine, port: await engine.#listening(signal) }
    } catch (error) {
      await engine.stop()
      throw error
    }
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  logTail(): string[] {
    return this.#log.slice(-shownLines)
  }

  /** Ends the server and its models; resolves when every process is gone. May be called again. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#process.connected) this.#process.disconnect()
    await this.#exited
    // The server ends its models before itself; where it crashed, they are on their own.
    this.#kill()
    while ([...this.#modelPids].some(pid => isAlive(pid))) await delay(5)
  }

  /** Resolves with how it ended, once its last log line was read too. (`close` does not come after a disconnect().) */
  async #followToTheEnd(): Promise<string> {
    const logs = [this.#process.stdout, this.#process.stderr].map(async stream => {
      if (!stream) return
      const lines = createInterface({ input: stream }).on('line', line => this.#keep(line))
      await once(lines, 'close')
    })
    // It rejects where Node's binary cannot be run at all.
    const exit = once(this.#process, 'exit').then(
      ([code, signal]) => signal ?? `exit code ${code}`,
      error => String(error),
    )
    const [how] = await Promise.all([exit, ...logs])
    return how
  }

  readonly #kill = (): void => {
    if (this.pid === undefined) return
    try {
      process.kill(-this.pid, 'SIGKILL')
    } catch {
      // ESRCH: all of the group has ended already.
    }
  }

  async #listening(signal: AbortSignal | undefined): Promise<number> {
    const limit = AbortSignal.timeout(startLimitMs)
    const aborted = signal ? AbortSignal.any([limit, signal]) : limit
    const listening = new Promise<number>((resolve, reject) => {
      aborted.addEventListener('abort', () => reject(aborted.reason), { once: true })
      this.#process.on('message', (message: ServerProcessMessage) => {
        if (message.type === 'listening') resolve(message.port)
        else this.#remember(message.pid)
      })
    })
    const ended = this.#exited.then((how): never => {
      throw new EngineStartError(withLog(`The embedded engine did not start: ${how}.`, this.logTail()))
    })
    try {
      return await Promise.race([listening, ended])
    } catch (error) {
      signal?.throwIfAborted()
      if (!limit.aborted) throw error
      throw new EngineStartError(
        withLog(`The embedded engine did not start within ${startLimitMs / 1e3} s.`, this.logTail()),
      )
    }
  }

  #remember(modelPid: number): void {
    for (const pid of this.#modelPids) if (!isAlive(pid)) this.#modelPids.delete(pid)
    this.#modelPids.add(modelPid)
  }

  #keep(line: string): void {
    this.#log.push(line)
    if (this.#log.length > logLines) this.#log.shift()
  }
}

/** The engines of this process. One pair of listeners serves them all, however often an engine is restarted. */
const guarded = new Set<() => void>()
const killAll = (): void => {
  for (const kill of guarded) kill()
}

/** `exit`: this process ends. `disconnect`: it is a worker whose parent died, and may hang on without it. */
function guard(kill: () => void): void {
  if (guarded.size === 0) {
    process.once('exit', killAll)
    process.once('disconnect', killAll)
  }
  guarded.add(kill)
}

function unguard(kill: () => void): void {
  guarded.delete(kill)
  if (guarded.size > 0) return
  process.off('exit', killAll)
  process.off('disconnect', killAll)
}
