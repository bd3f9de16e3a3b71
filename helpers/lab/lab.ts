import { availableParallelism } from 'node:os'
import { recordArtifact, TestRunner } from 'vitest'
import type { RunContext } from '../config/run-context.ts'
import type { Engine, LoadOptions } from '../engines/index.ts'
import { CouldNotMeasureError, ModelMissingError } from '../errors.ts'
import { type ChosenModel, chooseModel, type ModelRequest } from '../fixtures/choose-model.ts'
import type { EngineUnderTest } from '../fixtures/engine-under-test.ts'
import { skipAsNotApplicable } from '../fixtures/skip-as-not-applicable.ts'
import {
  type CompletedRecord,
  type FailedRecord,
  runLoad,
  slice,
  syntheticWorkload,
  type Workload,
} from '../load/index.ts'
import type { MeasuredTable, Observation } from '../observations/index.ts'
import { disturbanceBetween, type Reading, type Sampler } from '../sampling/index.ts'
import { disturbanceInWords } from '../verdicts/index.ts'
import type { Bench, BenchPlan } from './bench.ts'

/**
 * The `lab` fixture: several models on the engine under test, loaded, asked and unloaded one by one, and what that costs.
 * Everything that a study loads is unloaded at its end.
 */
export class Lab {
  readonly #context: RunContext
  readonly #engine: EngineUnderTest
  readonly #sampler: Sampler
  readonly #studies = new Map<string, Promise<unknown>>()
  readonly #loaded = new Set<string>()

  constructor(context: RunContext, engine: EngineUnderTest, sampler: Sampler) {
    this.#context = context
    this.#engine = engine
    this.#sampler = sampler
  }

  get engine(): Engine {
    return this.#engine.current
  }

  get sampler(): Sampler {
    return this.#sampler
  }

  get context(): RunContext {
    return this.#context
  }

  /** Of the test that runs; it ends what is under way when the run is stopped. */
  get signal(): AbortSignal {
    return TestRunner.getCurrentTest()?.context.signal ?? new AbortController().signal
  }

  /**
   * Measures once a run, with nothing loaded that is not asked for: models that another spec left are unloaded first,
   * and this study's at its end. A failure stays one, because vitest builds a file's fixture again for every test.
   */
  async study<T>(id: string, measure: () => Promise<T>): Promise<T> {
    const known = this.#studies.get(id)
    // The map knows nothing of types; an id has one study.
    if (known) return (await known) as T
    const study = this.#alone(measure)
    this.#studies.set(id, study)
    return await study
  }

  /**
   * @throws ModelMissingError when a model that the user named is not there; one that nobody named makes the test not
   * applicable.
   */
  async choose(request: ModelRequest): Promise<ChosenModel> {
    const { options } = this.#context
    try {
      return await chooseModel(request, this.engine, options)
    } catch (error) {
      if (!(error instanceof ModelMissingError) || options.model !== null) throw error
      return skipAsNotApplicable(error.message)
    }
  }

  /** Resolves with the time that the load took; the sampler follows the engine's processes as they are then. */
  async load(model: ChosenModel, options: LoadOptions): Promise<{ loadMs: number }> {
    this.#loaded.add(model.name)
    const loaded = await this.engine.load(model, { signal: this.signal, ...options })
    await this.#sampler.follow(await this.#engine.followed(model.name))
    return loaded
  }

  /** Resolves with the time until the model was really gone. */
  async unload(modelName: string): Promise<{ unloadMs: number }> {
    const startedAt = performance.now()
    await this.engine.unload(modelName)
    const unloadMs = performance.now() - startedAt
    this.#loaded.delete(modelName)
    await this.#sampler.follow(await this.#engine.followed())
    return { unloadMs }
  }

  reading(): Promise<Reading> {
    return this.#sampler.read()
  }

  /** Sends requests to a loaded model. Failed ones are counted, not thrown; the first ones of a model are a warm-up. */
  async bench(model: ChosenModel, plan: BenchPlan): Promise<Bench> {
    const workload = await this.workload(model, plan)
    const completed: CompletedRecord[] = []
    const failed: FailedRecord[] = []
    const before = await this.reading()
    const { startMs, endMs } = await runLoad({
      target: this.engine.target(model.name),
      requests: slice(workload.requests(0), 0, plan.requests),
      schedule: { kind: 'closed loop', concurrency: plan.concurrency },
      batch: 0,
      signal: this.signal,
      onRecord: record => {
        if (record.state === 'completed') completed.push(record)
        if (record.state === 'failed') failed.push(record)
      },
    })
    const after = await this.reading()
    const disturbance = disturbanceInWords(disturbanceBetween(before, after, availableParallelism()))
    return { model: model.name, plan, startMs, endMs, completed, failed, disturbance }
  }

  /** Prompts of exactly this length where the engine can count, unlike each other after what they share. */
  workload(model: ChosenModel, plan: BenchPlan): Promise<Workload> {
    const { engine } = this
    return syntheticWorkload({
      promptTokens: plan.promptTokens,
      outputTokens: plan.outputTokens,
      sharedPrefixTokens: plan.sharedPrefixTokens ?? 0,
      seed: plan.seed ?? 1,
      fixedOutput: !model.endsItself,
      seeded: engine.traits.seeded,
      countTokens: text => engine.countTokens(model.name, text),
    })
  }

  /** Puts a number, or a table of them, into the results; a table is also printed at the end of the spec. */
  async note(...found: (Observation | MeasuredTable)[]): Promise<void> {
    const test = TestRunner.getCurrentTest()
    if (!test) throw new CouldNotMeasureError('lab.note() was called outside of a test.')
    for (const each of found) {
      await recordArtifact(
        test,
        'columns' in each ? { type: 'perf:table', table: each } : { type: 'perf:observation', observation: each },
      )
    }
  }

  async #alone<T>(measure: () => Promise<T>): Promise<T> {
    await this.#clear(await this.#unloadable())
    try {
      return await measure()
    } finally {
      await this.#clear([...this.#loaded])
    }
  }

  /** On an engine that we started everything; elsewhere only what we loaded. */
  async #unloadable(): Promise<string[]> {
    if (this.engine.identity.origin === 'attached') return [...this.#loaded]
    return (await this.engine.models()).filter(({ status }) => status === 'loaded').map(({ name }) => name)
  }

  async #clear(names: readonly string[]): Promise<void> {
    for (const name of names) await this.unload(name)
  }
}
