import { availableParallelism } from 'node:os'
import { recordArtifact, TestRunner } from 'vitest'
import { type Chart, isWorthDrawing } from '../charts/index.ts'
import type { RunContext } from '../config/run-context.ts'
import { crashBehind } from '../engines/crash-behind.ts'
import type { Engine, EngineIdentity, LoadOptions } from '../engines/index.ts'
import { ClientBottleneckError, CouldNotMeasureError, ModelMissingError } from '../errors.ts'
import { attachChart } from '../fixtures/attach-chart.ts'
import { type ChosenModel, chooseModel, type ModelRequest, namedModel } from '../fixtures/choose-model.ts'
import { describeModel } from '../fixtures/describe-model.ts'
import type { EngineUnderTest } from '../fixtures/engine-under-test.ts'
import { skipAsNotApplicable } from '../fixtures/skip-as-not-applicable.ts'
import {
  type CompletedRecord,
  type FailedRecord,
  imageWorkload,
  type RequestRecord,
  runLoad,
  slice,
  startClientHealth,
  syntheticWorkload,
  type Workload,
} from '../load/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import type { MeasuredTable, Observation } from '../observations/index.ts'
import { reportProgress } from '../reporting/index.ts'
import { disturbanceBetween, type Reading, type Sampler } from '../sampling/index.ts'
import { disturbanceInWords } from '../verdicts/index.ts'
import type { Bench, BenchPlan } from './bench.ts'
import { clientTrouble } from './client-trouble.ts'
import type { Study, StudyModel } from './study.ts'

/** What loading a model took. */
export interface Load {
  loadMs: number
  /** Read by anyone from all disks meanwhile. */
  diskReadBytes: Measured
  /** What the host did meanwhile, in words; null when nothing worth naming happened. */
  disturbance: string | null
}

/** Batches of prompts up to here are those of plans with a seed of their own. */
const FIRST_OWN_BATCH = 1

/**
 * The `lab` fixture: several models on the engine under test, loaded, asked and unloaded one by one, and what that costs.
 * Everything that a study loads is unloaded at its end.
 */
export class Lab {
  readonly #context: RunContext
  readonly #engine: EngineUnderTest
  readonly #sampler: Sampler
  readonly #hardware: string
  readonly #studies = new Map<string, Promise<unknown>>()
  readonly #loaded = new Set<string>()
  /** Models that have answered since they were loaded. */
  #warm = new WeakMap<Engine, Set<string>>()
  #batches = FIRST_OWN_BATCH
  /** Tokens of texts by model: an engine without a tokenizer's route counts by answering. */
  readonly #counts = new Map<string, Measured>()
  /** Of the study that runs. */
  #id = ''
  #models = new Map<string, StudyModel>()
  #identity: EngineIdentity | null = null
  /** The engine start that the reporter was told of. */
  #announced: Date | null = null

  constructor(context: RunContext, engine: EngineUnderTest, sampler: Sampler, hardware: string) {
    this.#context = context
    this.#engine = engine
    this.#sampler = sampler
    this.#hardware = hardware
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
   *
   * @throws EngineCrashedError when it failed because the engine died.
   */
  async study<T>(id: string, measure: () => Promise<T>): Promise<T> {
    const known = this.#studies.get(id)
    // The map knows nothing of types; an id has one study.
    if (known) return (await known) as T
    const study = this.#alone(id, measure)
    this.#studies.set(id, study)
    return await study
  }

  /**
   * @throws ModelMissingError when a model that the user named is not there; one that nobody named makes the test not
   * applicable.
   */
  async choose(request: ModelRequest): Promise<ChosenModel> {
    const found = await this.find(request)
    return found.state === 'measured' ? found.value : skipAsNotApplicable(found.reason)
  }

  /** The same for a study that goes on without a model that nobody named: absent, with how to get it. */
  async find(request: ModelRequest): Promise<Measured<ChosenModel>> {
    return this.#find(request, namedModel(request.role, this.#context.options) === null)
  }

  /** Absent also where the user named the model: a variant or a copy that it does not have is no error. */
  async findVariant(request: ModelRequest): Promise<Measured<ChosenModel>> {
    return this.#find(request, true)
  }

  async #find(request: ModelRequest, mayBeMissing: boolean): Promise<Measured<ChosenModel>> {
    this.say(`choosing ${request.model}`)
    try {
      return measured(await chooseModel(request, this.engine, this.#context.options, { signal: this.signal }))
    } catch (error) {
      if (!(error instanceof ModelMissingError) || !mayBeMissing) throw error
      return absent(error.message)
    }
  }

  /** Resolves with what the load took; the sampler follows the engine's processes as they are then. */
  async load(model: ChosenModel, options: LoadOptions): Promise<Load> {
    const { engine } = this
    // A server that runs keeps what it had.
    const isTheirs = engine.identity.origin === 'attached' && (await engine.residency(model.name)).state === 'loaded'
    if (!isTheirs) this.#loaded.add(model.name)
    this.say(`loading ${model.name}`)
    const before = await this.reading()
    const { loadMs } = await engine.load(model, { signal: this.signal, ...options })
    this.#warm.get(engine)?.delete(model.name)
    await this.#sampler.follow(await this.#engine.followed(model.name))
    const after = await this.reading()
    await this.measuresOn(engine, model, options)
    return {
      loadMs,
      diskReadBytes: readBetween(before, after),
      disturbance: await this.disturbanceBetween(before, after),
    }
  }

  /** Resolves with the time until the model was really gone. */
  async unload(modelName: string): Promise<{ unloadMs: number }> {
    this.say(`unloading ${modelName}`)
    const startedAt = performance.now()
    await this.engine.unload(modelName)
    const unloadMs = performance.now() - startedAt
    this.#loaded.delete(modelName)
    this.#warm.get(this.engine)?.delete(modelName)
    await this.#sampler.follow(await this.#engine.followed())
    return { unloadMs }
  }

  reading(): Promise<Reading> {
    return this.#sampler.read()
  }

  /**
   * Sends requests to a loaded model. Failed ones are counted, not thrown. Before a model's first bench since its load one
   * request for each place of the concurrency warms it up, unless the plan says otherwise.
   *
   * @throws ClientBottleneckError when the client itself was too slow to be believed. It is a disturbance where the host
   * was disturbed too, which slows down the client as well, and in a bench of less than 5 s, where one pause says nothing.
   */
  async bench(model: ChosenModel, plan: BenchPlan): Promise<Bench> {
    return this.benchOn(this.engine, model, plan)
  }

  /** The same on another engine than the one under test. */
  async benchOn(engine: Engine, model: ChosenModel, plan: BenchPlan): Promise<Bench> {
    const workload = await this.workload(model, plan, engine)
    const stop = new AbortController()
    void engine.died.then(error => stop.abort(error))
    const shared = {
      target: engine.target(model.name),
      schedule: { kind: 'closed loop', concurrency: plan.concurrency },
      signal: AbortSignal.any([this.signal, stop.signal]),
    } as const
    const warm = this.#warm.get(engine) ?? new Set()
    if (plan.warmUp !== false && !warm.has(model.name)) {
      await runLoad({ ...shared, requests: slice(workload.requests(-1), 0, plan.concurrency), batch: -1 })
    }
    this.#warm.set(engine, warm.add(model.name))

    const batch = plan.seed === undefined ? this.#batches++ : 0
    const completed: CompletedRecord[] = []
    const failed: FailedRecord[] = []
    using health = startClientHealth()
    const progress = this.#progressOf(model, plan)
    const before = await this.reading()
    const { startMs, endMs } = await runLoad({
      ...shared,
      requests: slice(workload.requests(batch), 0, plan.requests),
      batch,
      health,
      onRecord: record => {
        if (record.state === 'completed') completed.push(record)
        if (record.state === 'failed') failed.push(record)
        progress(record)
      },
    })
    const after = await this.reading()
    const client = clientTrouble(health, endMs - startMs)
    const host = await this.disturbanceBetween(before, after)
    if (client?.isCertain && host === null) throw new ClientBottleneckError(`Asking ${model.name}: ${client.reason}`)
    const disturbance = [host, client?.reason].filter(cause => typeof cause === 'string').join('; ') || null
    return { model: model.name, plan, startMs, endMs, completed, failed, disturbance }
  }

  /** Prompts of exactly this length where the engine can count, unlike each other after what they share. */
  async workload(model: ChosenModel, plan: BenchPlan, engine: Engine = this.engine): Promise<Workload> {
    const texts = await syntheticWorkload({
      promptTokens: plan.promptTokens,
      outputTokens: plan.outputTokens,
      sharedPrefixTokens: plan.sharedPrefixTokens ?? 0,
      seed: plan.seed ?? 1,
      fixedOutput: !model.endsItself,
      seeded: engine.traits.seeded,
      countTokens: text => this.#countTokens(engine, model.name, text),
    })
    return plan.image === undefined ? texts : imageWorkload(texts, plan.image)
  }

  /**
   * Puts a number, or a table or chart of them, into the results. A table is also printed at the end of the spec, and a
   * chart drawn and attached to the test; one of fewer than two points is left out.
   */
  async note(...found: (Observation | MeasuredTable | Chart)[]): Promise<void> {
    const test = TestRunner.getCurrentTest()
    if (!test) throw new CouldNotMeasureError('lab.note() was called outside of a test.')
    for (const each of found) {
      if ('columns' in each) await recordArtifact(test, { type: 'perf:table', table: each })
      else if ('series' in each) {
        if (isWorthDrawing(each)) await attachChart(test, each, this.#context.runDirectory)
      } else await recordArtifact(test, { type: 'perf:observation', observation: each })
    }
  }

  /** What is being done, on the live line: `finding the largest context`. */
  say(step: string): void {
    const test = TestRunner.getCurrentTest()
    if (test) reportProgress(test, { spec: this.#id, done: 0, total: 0, ratePerSecond: 0, note: step })
  }

  /** Once a run: the same name means the same tokenizer. */
  async #countTokens(engine: Engine, modelName: string, text: string): Promise<Measured> {
    const key = JSON.stringify([modelName, text])
    const known = this.#counts.get(key)
    if (known) return known
    const counted = await engine.countTokens(modelName, text)
    if (counted.state === 'measured') this.#counts.set(key, counted)
    return counted
  }

  /** What the host did between two readings, in words; null when nothing worth naming happened. */
  async disturbanceBetween(before: Reading, after: Reading): Promise<string | null> {
    const throttled = await this.#sampler.window('gpuThrottled', before.atMs, after.atMs)
    return disturbanceInWords(disturbanceBetween(before, after, availableParallelism(), throttled))
  }

  async #alone<T>(id: string, measure: () => Promise<T>): Promise<T> {
    this.#id = id
    this.#models = new Map()
    this.#identity = null
    try {
      await this.#clear(await this.#unloadable())
      const result = await measure()
      await this.#clear([...this.#loaded])
      return result
    } catch (error) {
      // What it failed by says more than what fails because of that.
      await this.#clear([...this.#loaded]).catch(() => {})
      if (isSkip(error)) throw error
      throw (await crashBehind(error, this.engine)) ?? error
    } finally {
      await this.#record()
    }
  }

  /** On an engine that we started everything; elsewhere only what we loaded. */
  async #unloadable(): Promise<string[]> {
    if (this.engine.traits.neverUnloads !== null) return []
    if (this.engine.identity.origin === 'attached') return [...this.#loaded]
    return (await this.engine.models()).filter(({ status }) => status === 'loaded').map(({ name }) => name)
  }

  /** A model that is gone already is no reason to leave the others. */
  async #clear(names: readonly string[]): Promise<void> {
    if (this.engine.traits.neverUnloads !== null) return
    const failures: unknown[] = []
    for (const name of names) await this.unload(name).catch(error => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }

  #progressOf({ name }: ChosenModel, { requests, concurrency }: BenchPlan): (record: RequestRecord) => void {
    const test = TestRunner.getCurrentTest()
    const startedAtMs = performance.now()
    const note = `${name}, ${concurrency} at once`
    let done = 0
    return () => {
      done++
      const ratePerSecond = (1000 * done) / (performance.now() - startedAtMs)
      if (test) reportProgress(test, { spec: this.#id, done, total: requests, ratePerSecond, note })
    }
  }

  /** For the results of a study that starts engines of its own: which engine, as it runs, has which model. */
  async measuresOn(
    engine: Engine,
    model: ChosenModel,
    { contextTokens, slots }: Pick<LoadOptions, 'contextTokens' | 'slots'>,
  ): Promise<void> {
    const { name, scale, bytes } = model
    this.#models.set(name, { name, scale, bytes, contextTokens, slots })
    this.#identity = engine.identity
    const { startedAt } = this.#engine
    const test = TestRunner.getCurrentTest()
    if (!test || !this.#engine.isNews(name) || this.#announced === startedAt) return
    this.#announced = startedAt
    // The engine is told to the reporter once a start, with the first model that it has; all models are in the results.
    await recordArtifact(test, { type: 'perf:engine', engine: engine.identity, model: describeModel(model) })
  }

  async #record(): Promise<void> {
    const test = TestRunner.getCurrentTest()
    if (!test) return
    const models = [...this.#models.values()]
    const engine = this.#identity ?? this.engine.identity
    const study: Study = { id: this.#id, engine, hardware: this.#hardware, models }
    await recordArtifact(test, { type: 'perf:study', study })
  }
}

function readBetween(before: Reading, after: Reading): Measured {
  const [from, to] = [before.metrics.diskReadBytes, after.metrics.diskReadBytes]
  if (from.state === 'absent') return from
  return to.state === 'absent' ? to : measured(to.value - from.value)
}

/** What vitest throws to end a test as skipped. */
const isSkip = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'VITEST_PENDING'
