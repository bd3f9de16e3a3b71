import { setImmediate as nextTurn } from 'node:timers/promises'
import { crashBehind } from '../engines/crash-behind.ts'
import type { Engine } from '../engines/index.ts'
import { BadInputError, EngineCrashedError, EngineStartError, PerfError, RecordingError } from '../errors.ts'
import type { Lab } from '../lab/index.ts'
import type { Measured } from '../measured.ts'
import { classifyFailure } from './classify-failure.ts'
import type { ConfigurationOutcome, ConfigurationRun } from './configuration-run.ts'
import type { FailureKind } from './failure-kind.ts'
import { HttpAttempt, type HttpAttemptOptions, type HttpPlan } from './http-attempt.ts'

export interface HttpRunnerOptions extends HttpAttemptOptions {
  /** Puts a fresh engine in the place of one that died; absent where it is not ours. */
  restart: () => Promise<Measured<Engine>>
}

export interface HttpRun {
  run: ConfigurationRun
  /** From sending to the last byte, of each completed request. */
  latenciesMs: number[]
}

/** How a model was loaded last; it is not loaded again for a configuration that wants it so. */
interface Loaded {
  engine: Engine
  key: string
  model: string
  loadMs: number
}

/**
 * Runs configurations of batch inference over HTTP, one after the other: a closed loop that keeps a configuration's requests
 * outstanding. What fails as a whole is an outcome, and the next one has an engine again where it is ours.
 */
export class HttpRunner {
  readonly #lab: Lab
  readonly #options: HttpRunnerOptions
  #loaded: Loaded | null = null
  #runs = 0

  constructor(lab: Lab, options: HttpRunnerOptions) {
    this.#lab = lab
    this.#options = options
  }

  /**
   * @throws what ends the whole run: a wrong option, records that cannot be written, an interruption, a fault of this suite.
   */
  async run(plan: HttpPlan): Promise<HttpRun> {
    const { configuration, planned, model } = plan
    const attempt = new HttpAttempt(this.#lab, this.#options, plan, ++this.#runs)
    const outcome = await this.#outcomeOf(plan, attempt)
    const remarks = [...plan.remarks, ...attempt.remarks]
    return {
      run: { configuration, planned, ranOn: 'http', scale: model.scale, remarks, outcome },
      latenciesMs: attempt.latenciesMs,
    }
  }

  async #outcomeOf(plan: HttpPlan, attempt: HttpAttempt): Promise<ConfigurationOutcome> {
    const logBefore = new Set(this.#lab.engine.logTail().map(line => line.trim()))
    try {
      return await attempt.send(await this.#load(plan, attempt))
    } catch (error) {
      if (this.#lab.signal.aborted || !(error instanceof PerfError)) throw error
      if (error instanceof BadInputError || error instanceof RecordingError) throw error
      const failure = await this.#failureBehind(error, attempt, logBefore)
      await this.#startAnew(plan)
      return { state: 'failed', ...failure }
    }
  }

  /** Whatever it failed by, the next configuration shall not find what is left of it. */
  async #startAnew({ model }: HttpPlan): Promise<void> {
    const { engine } = this.#lab
    this.#loaded = null
    if (await hasDied(engine)) {
      await this.#options.restart()
    } else if (engine.traits.neverUnloads === null) {
      // What cannot be unloaded now fails the next load, which says so.
      await this.#lab.unload(model.name).catch(() => {})
    }
  }

  /** An engine that is gone explains whatever else was seen, a tripped breaker too. Lines of its log from before say nothing. */
  async #failureBehind(
    error: PerfError,
    attempt: HttpAttempt,
    logBefore: ReadonlySet<string>,
  ): Promise<{ kind: FailureKind; message: string }> {
    const crash = error instanceof EngineCrashedError ? error : await crashBehind(error, this.#lab.engine)
    if (crash === null && attempt.trip !== null) return attempt.trip
    const lines = (crash ?? error).message.split('\n')
    const log = error instanceof EngineStartError ? error.log : []
    const news = [...lines, ...log].filter(line => !logBefore.has(line.trim()))
    const { kind, evidence } = classifyFailure(news.join('\n'))
    const [first = ''] = lines
    return {
      kind: crash !== null && kind === 'unknown' ? 'process died' : kind,
      message: first.includes(evidence) ? first : `${first} ${evidence}`,
    }
  }

  /** Resolves with how long it took until requests could be sent: for this configuration, or one before that it shares it with. */
  async #load(plan: HttpPlan, attempt: HttpAttempt): Promise<number> {
    const { model, slots, contextTokens, settings } = plan
    const { engine } = this.#lab
    const key = JSON.stringify([model.name, slots, contextTokens, settings])
    const known = this.#loaded
    if (known?.key === key && known.engine === engine) return known.loadMs
    if (known !== null && known.engine === engine && engine.traits.neverUnloads === null) {
      this.#loaded = null
      await this.#lab.unload(known.model)
    }
    const { loadMs } = await this.#lab.load(model, { contextTokens, slots, settings })
    this.#loaded = { engine, key, model: model.name, loadMs }
    await attempt.warmUp()
    return loadMs
  }
}

/** The engine as a whole, not one of its models alone. */
const hasDied = (engine: Engine): Promise<boolean> => Promise.race([engine.died.then(() => true), nextTurn(false)])
