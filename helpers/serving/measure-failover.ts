import { setTimeout as delay } from 'node:timers/promises'
import { monotonicMs } from '../clock.ts'
import type { Engine } from '../engines/index.ts'
import { CouldNotMeasureError, PerfError } from '../errors.ts'
import type { RequestRecord } from '../load/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { type AskedRecord, accountFailover, type FailoverAccount } from './failover-account.ts'

export interface FailoverSetup {
  engine: Engine
  /** A loaded model whose process is killed, and others that answer meanwhile. */
  victim: string
  bystanders: readonly string[]
  /** Requests to each model at once. */
  concurrency: number
  /** Answers of each model before the kill, and after it. */
  answers: number
  ask(modelName: string): Promise<RequestRecord>
  /** Loads the victim again. */
  reload(): Promise<unknown>
  /** Recovery that takes longer is none. */
  limitMs: number
}

/** How often the engine is asked whether it has seen the death. */
const POLL_MS = 5

/**
 * Kills the process of a model while it and others answer, as a crash or the kernel would, and goes on asking: once a
 * request has failed, further ones to that model wait until it was loaded again. Absent with the reason where the process
 * is not ours to kill.
 *
 * @throws CouldNotMeasureError when the model fails or does not answer before the kill.
 */
export async function measureFailover(setup: FailoverSetup): Promise<Measured<FailoverAccount>> {
  const { engine, victim } = setup
  const { identity } = engine
  if (identity.origin === 'attached')
    return absent(`killing a model's process would harm the server at ${identity.url}, which is not ours`)
  const found = await engine.modelProcess(victim)
  if (found.state === 'absent') return found
  if (found.value.isShared) return absent(`${identity.name} holds all its models in one process: none can die alone`)
  return await new Failover(setup, found.value.pid).run()
}

class Failover {
  readonly #setup: FailoverSetup
  readonly #pid: number
  readonly #records: AskedRecord[] = []
  readonly #stop = new AbortController()
  #killedAtMs = Number.POSITIVE_INFINITY
  /** While the victim is loaded again, and afterwards. */
  #recovery: Promise<void> | null = null
  #refusal: string | null = null

  constructor(setup: FailoverSetup, pid: number) {
    this.#setup = setup
    this.#pid = pid
  }

  async run(): Promise<Measured<FailoverAccount>> {
    const { victim, bystanders, concurrency, answers } = this.#setup
    const models = [victim, ...bystanders]
    const all = Promise.all(models.flatMap(model => Array.from({ length: concurrency }, () => this.#keepAsking(model))))
    // Whoever fails ends the others; what it threw is thrown below.
    all.catch(() => this.#stop.abort())
    try {
      await this.#until(() => models.every(model => this.#answered(model, 0) >= answers))
      if (!this.#stop.signal.aborted) {
        this.#checkHealthy()
        const killed = this.#kill()
        if (killed.state === 'absent') return killed
        await this.#until(() => models.every(model => this.#answered(model, this.#killedAtMs) >= answers))
      }
    } finally {
      this.#stop.abort()
      await all
    }
    const account = accountFailover(this.#records, victim, this.#killedAtMs)
    const { recoveryMs } = account
    if (recoveryMs.state === 'measured' || this.#refusal === null) return measured(account)
    return measured({ ...account, recoveryMs: absent(`${recoveryMs.reason}: ${this.#refusal}`) })
  }

  /** In the middle of its work: every place has a request under way. */
  #kill(): Measured<void> {
    const killedAtMs = monotonicMs()
    try {
      process.kill(this.#pid, 'SIGKILL')
    } catch (error) {
      return absent(`the process ${this.#pid} of ${this.#setup.victim} cannot be killed: ${error}`)
    }
    this.#killedAtMs = killedAtMs
    return measured(undefined)
  }

  async #keepAsking(model: string): Promise<void> {
    const { victim, ask } = this.#setup
    while (!this.#stop.signal.aborted) {
      if (model === victim) await this.#recovery
      if (this.#stop.signal.aborted) return
      const record = await ask(model)
      this.#records.push({ model, record })
      if (record.state === 'failed' && model === victim && this.#killedAtMs < Number.POSITIVE_INFINITY)
        this.#recovery ??= this.#recover()
      // A model that fails at once would be asked without end otherwise.
      if (record.state === 'failed') await delay(POLL_MS)
    }
  }

  async #recover(): Promise<void> {
    const { reload } = this.#setup
    // A load before the engine has seen the death would find the model loaded.
    await this.#until(() => this.#isSeenDead())
    try {
      await reload()
    } catch (error) {
      if (!(error instanceof PerfError)) throw error
      this.#refusal = error.message
      this.#stop.abort()
    }
  }

  async #isSeenDead(): Promise<boolean> {
    const { engine, victim } = this.#setup
    try {
      return (await engine.residency(victim)).state === 'not loaded' || (await this.#isAnotherProcess())
    } catch (error) {
      // A server that is going down answers nothing any more.
      if (error instanceof PerfError) return false
      throw error
    }
  }

  async #isAnotherProcess(): Promise<boolean> {
    const found = await this.#setup.engine.modelProcess(this.#setup.victim)
    return found.state === 'measured' && found.value.pid !== this.#pid
  }

  #checkHealthy(): void {
    const failure = this.#records.find(({ record }) => record.state === 'failed')
    if (failure?.record.state !== 'failed') return
    const { failure: kind, message } = failure.record
    throw new CouldNotMeasureError(`Failover: ${failure.model} failed before anything was killed: ${kind}: ${message}`)
  }

  /** Answers of a model to requests that were sent later than that. */
  #answered(model: string, afterMs: number): number {
    return this.#records.filter(
      ({ model: of, record }) => of === model && record.state !== 'failed' && record.sentAtMs > afterMs,
    ).length
  }

  /** Resolves without it after the limit, or when nobody asks any more. */
  async #until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    const endMs = monotonicMs() + this.#setup.limitMs
    while (!(await isSo()) && !this.#stop.signal.aborted && monotonicMs() < endMs) await delay(POLL_MS)
  }
}
