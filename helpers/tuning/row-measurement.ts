import { crashBehind } from '../engines/crash-behind.ts'
import { type Engine, startEngine } from '../engines/index.ts'
import { BadInputError, EngineCrashedError, ModelMissingError, PerfError } from '../errors.ts'
import type { ChosenModel } from '../fixtures/choose-model.ts'
import type { Bench, BenchPlan, Lab } from '../lab/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { dropFromPageCache, readIntoPageCache } from '../page-cache/index.ts'
import type { Metric } from '../sampling/index.ts'
import { formatQuantity } from '../units.ts'
import { longPrompts, type MatrixPlan } from './matrix-plan.ts'
import { type PeakMemory, type RowData, type TimedStart, untested } from './row-data.ts'
import { rowSlots } from './row-slots.ts'
import { type StartCaches, startCaches } from './start-caches.ts'
import { startErrorOf } from './start-error.ts'
import { startPhases } from './start-phases.ts'
import { startRemarks } from './start-remarks.ts'
import type { TuningRow } from './tuning-row.ts'
import type { StartPhase, TuningStart } from './tuning-run.ts'
import { whyNotTried } from './why-not-tried.ts'

interface RunningEngine {
  engine: Engine
  timed: TimedStart
  phases: StartPhase[]
  /** What it logged until it was ready. */
  log: string[]
}

interface Started {
  state: 'started'
  /** Ended again. */
  cold: Measured<RunningEngine>
  warm: RunningEngine
}

/**
 * Takes plan 004's tests of one row: a cold start, which ends again, and a warm one, whose engine is then asked. Nothing of
 * either is left.
 */
export class RowMeasurement {
  readonly #lab: Lab
  readonly #plan: MatrixPlan
  readonly #model: ChosenModel
  readonly #row: TuningRow

  constructor(lab: Lab, plan: MatrixPlan, model: ChosenModel, row: TuningRow) {
    this.#lab = lab
    this.#plan = plan
    this.#model = model
    this.#row = row
  }

  /** @throws what is no refusal of the engine: a stopped run, a client that was too slow. */
  async run(): Promise<RowData> {
    const hasGpu = (await this.#lab.reading()).metrics.gpuTotalBytes.state === 'measured'
    const danger = await whyNotTried(this.#row, this.#model, this.#plan, this.#lab.engine, hasGpu)
    if (danger !== null) return untested({ state: 'not tried', reason: danger }, danger)
    await using caches = await startCaches(this.#lab.engine.identity)
    const started = await this.#bothStarts(caches)
    if (started.state === 'refused') return untested(started, started.error)
    await using engine = started.warm.engine
    return await this.#test(engine, started)
  }

  async #bothStarts(caches: StartCaches): Promise<Extract<TuningStart, { state: 'refused' }> | Started> {
    const log: string[] = []
    try {
      const cold = await this.#coldStart(caches, log)
      log.length = 0
      if (this.#model.path !== '') await readIntoPageCache(this.#model.path)
      return { state: 'started', cold, warm: await this.#start(caches.environment, log) }
    } catch (error) {
      if (!this.#isRefusal(error)) throw error
      return { state: 'refused', ...startErrorOf(error, log) }
    }
  }

  #isRefusal(error: unknown): boolean {
    if (this.#lab.signal.aborted) return false
    return error instanceof PerfError && !(error instanceof BadInputError) && !(error instanceof ModelMissingError)
  }

  /** Nothing of the model's file in the page cache before; that it was read from a disk is what makes a start cold. */
  async #coldStart({ environment, areKept }: StartCaches, log: string[]): Promise<Measured<RunningEngine>> {
    const { path, bytes } = this.#model
    const isBaseline = this.#row.id === this.#plan.rows[0]?.id
    if (this.#plan.coldStarts === 'baseline' && !isBaseline)
      return absent('in this profile only the baseline is started cold; PERF_PROFILE=standard starts every row so')
    if (path === '') return absent('the engine has the file itself: what of it is in the page cache cannot be told')
    const dropped = await dropFromPageCache(path)
    if (dropped.state === 'absent') return dropped
    // A start that reads nothing and leaves nothing behind is the same as the next one.
    if (dropped.value.totalBytes < bytes / 2 && !areKept) {
      return absent('every start is the same: the engine makes up its weights, and keeps nothing that it compiled')
    }
    const before = (await this.#lab.reading()).metrics.diskReadBytes
    const started = await this.#start(environment, log)
    await started.engine.stop()
    const after = (await this.#lab.reading()).metrics.diskReadBytes
    if (before.state === 'absent') return before
    if (after.state === 'absent') return after
    const read = after.value - before.value
    if (read >= bytes / 2) return measured(started)
    const [some, all] = [read, bytes].map(size => formatQuantity(size, 'bytes'))
    return absent(
      `only ${some} of ${all} were read from a disk: the engine loads a copy of its own, or needs no weights, or the disk is a memory`,
    )
  }

  async #start(environment: Record<string, string>, log: string[]): Promise<RunningEngine> {
    const { options } = this.#lab.context
    const { change } = this.#row
    const { signal } = this.#lab
    const before = await this.#lab.reading()
    const startedAt = performance.now()
    let isReady = false
    const engine = await startEngine(
      {
        ...options,
        engineArguments: [...options.engineArguments, ...change.arguments],
        engineEnvironment: { ...environment, ...change.environment },
        onLogLine: line => {
          if (!isReady) log.push(line)
        },
      },
      signal,
    )
    try {
      const programMs = performance.now() - startedAt
      const slots = rowSlots(this.#row, this.#lab.engine.identity.name, this.#plan.concurrent.atOnce)
      const { contextTokens } = this.#plan
      const { loadMs } = await engine.load(this.#model, { contextTokens, slots, settings: change.settings, signal })
      isReady = true
      const target = engine.target(this.#model.name)
      const queue = { url: `${target.origin}/metrics`, headers: target.headers }
      await this.#lab.sampler.follow({ roots: await engine.processRoots(), queue })
      const after = await this.#lab.reading()
      const disturbance = await this.#lab.disturbanceBetween(before, after)
      const told = startPhases(log)
      const phases = told.length > 0 ? told : [ours('program', programMs), ours('model', loadMs)]
      return { engine, timed: { ms: programMs + loadMs, disturbance }, phases, log: [...log] }
    } catch (error) {
      await engine.stop()
      throw error
    }
  }

  async #test(engine: Engine, { warm, cold }: Started): Promise<RowData> {
    await this.#lab.measuresOn(engine, this.#model, {
      contextTokens: this.#plan.contextTokens,
      slots: rowSlots(this.#row, engine.identity.name, this.#plan.concurrent.atOnce),
    })
    const start: TuningStart = {
      state: 'started',
      identity: engine.identity,
      phases: warm.phases,
      coldPhases: cold.state === 'measured' ? cold.value.phases : [],
      remarks: startRemarks(warm.log),
    }
    const data: RowData = {
      ...untested(start, 'its tests did not come to T3 and T4'),
      coldStart: cold.state === 'measured' ? measured(cold.value.timed) : cold,
      warmStart: measured(warm.timed),
    }
    try {
      await this.#tests(engine, data)
    } catch (error) {
      const crash = error instanceof EngineCrashedError ? error : await this.#crashBehind(error, engine)
      data.crash = startErrorOf(crash).error
    }
    return data
  }

  /** @throws the error itself where the engine lives. */
  async #crashBehind(error: unknown, engine: Engine): Promise<EngineCrashedError> {
    const crash = this.#lab.signal.aborted ? null : await crashBehind(error, engine)
    if (crash === null) throw error
    return crash
  }

  /** T2 to T6, into `data` as they come. */
  async #tests(engine: Engine, data: RowData): Promise<void> {
    const { single, concurrent, long, prefix } = this.#plan
    const bench = async (plan: BenchPlan, keep: (bench: Bench) => void): Promise<Bench> => {
      const found = await this.#lab.benchOn(engine, this.#model, plan)
      keep(found)
      // All requests may have failed before the engine's death was noticed.
      const crash = found.failed.length > 0 ? await crashBehind(null, engine) : null
      if (crash !== null) throw crash
      return found
    }
    await bench({ ...single, concurrency: 1 }, found => {
      data.single = found
    })
    const { atOnce, rounds, ...lengths } = concurrent
    const together = await bench({ ...lengths, concurrency: atOnce, requests: atOnce * rounds }, found => {
      data.concurrent = found
    })
    for (const { tokens } of longPrompts(this.#plan)) {
      const { outputTokens, requests } = long
      await bench({ promptTokens: tokens, outputTokens, requests, concurrency: 1 }, found => data.long.push(found))
    }
    data.memory = await this.#peakMemory([together, ...data.long])
    const { sharedTokens: sharedPrefixTokens, ...prompts } = prefix
    await bench({ ...prompts, concurrency: 1 }, found => {
      data.unlike = found
    })
    await bench({ ...prompts, sharedPrefixTokens, requests: prefix.requests + 1, concurrency: 1 }, found => {
      data.shared = found
    })
  }

  async #peakMemory(benches: readonly Bench[]): Promise<Measured<PeakMemory>> {
    const { metrics } = await this.#lab.reading()
    const peak = async (metric: Metric): Promise<Measured> => {
      const now = metrics[metric]
      if (now.state === 'absent') return now
      const windows = await Promise.all(
        benches.map(({ startMs, endMs }) => this.#lab.sampler.window(metric, startMs, endMs)),
      )
      // A bench may be over between two samples.
      const seen = windows.flatMap(window => (window.state === 'measured' ? [window.value.max] : []))
      const [first = absent('nothing was asked')] = windows
      return first.state === 'absent' && seen.length === 0 ? first : measured(Math.max(...seen))
    }
    const { gpuEngineBytes } = metrics
    const onCpu = gpuEngineBytes.state === 'measured' && gpuEngineBytes.value === 0
    return measured({
      gpuBytes: onCpu ? absent('the engine holds nothing of the GPU: it runs on the CPU') : await peak('gpuUsedBytes'),
      hostBytes: await peak('ramUsedBytes'),
      engineBytes: await peak('engineRssBytes'),
    })
  }
}

const ours = (name: string, ms: number): StartPhase => ({ name, ms: Math.round(ms) })
