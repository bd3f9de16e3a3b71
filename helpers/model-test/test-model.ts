import { availableParallelism } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { contextTokensFor } from '../batches/index.ts'
import type { LoadSettings } from '../engines/index.ts'
import type { ChosenModel } from '../fixtures/choose-model.ts'
import { type Bench, type BenchPlan, benchFigures, type Lab, modelMemory } from '../lab/index.ts'
import { applyMemoryPressure, type MemoryPressureRequest } from '../machine/pressure/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { parameterCount } from '../models/index.ts'
import { inPageCache } from '../page-cache/index.ts'
import { disturbanceBetween, type Reading } from '../sampling/index.ts'
import { mean } from '../statistics/index.ts'
import { disturbanceInWords } from '../verdicts/index.ts'
import type { BenchRecord, MeasuredPhase, ModelRecord, Phase, PhaseName } from './model-record.ts'
import { both, heldByEngine, phaseMetrics } from './phase-metrics.ts'
import { predictedMemory } from './predicted-memory.ts'
import { appendModelRecord } from './record-file.ts'

/** An engine that has just answered or loaded still holds what it frees in its next idle moment. */
const REST_MS = 100

type Lengths = Pick<BenchPlan, 'promptTokens' | 'outputTokens' | 'requests'>

export interface ModelTestPlan {
  /** `<plan>.<spec>` */
  testId: string
  /** What the plan calls the model: `qwen2.5-7b`. */
  planned: string
  /** Sent one after the other: what prefill and decoding cost, at each prompt length. */
  inference: readonly Lengths[]
  /** Sent so many at once. */
  concurrent: Lengths & { concurrency: number }
  settings?: LoadSettings
  /** Memory that is taken from the machine while the model answers once more; nothing is taken unless said. */
  pressure?: MemoryPressureRequest
}

/**
 * The procedure that every model goes through: baseline → monitored load → post-load → inference benchmark → concurrent
 * benchmark → memory pressure → unload → final metrics. The record goes to `models.jsonl` of the run, too. Models that are
 * loaded beside it stay and are part of its baseline.
 *
 * @throws what lab.load(), lab.bench() and lab.unload() throw; RecordingError.
 */
export async function testModel(lab: Lab, model: ChosenModel, plan: ModelTestPlan): Promise<ModelRecord> {
  const test = new ModelTest(lab, model, plan)
  const record = await test.run()
  await appendModelRecord(lab.context.runDirectory, record)
  return record
}

class ModelTest {
  readonly #lab: Lab
  readonly #model: ChosenModel
  readonly #plan: ModelTestPlan
  readonly #phases: Phase[] = []

  constructor(lab: Lab, model: ChosenModel, plan: ModelTestPlan) {
    this.#lab = lab
    this.#model = model
    this.#plan = plan
  }

  async run(): Promise<ModelRecord> {
    const startedAt = new Date().toISOString()
    const { engine } = this.#lab
    const { testId, planned, inference, concurrent, settings } = this.#plan
    const model = this.#model
    const contextTokens = Math.max(...[...inference, concurrent].map(contextTokensFor))
    const slots = concurrent.concurrency

    await this.#phase('baseline', () => this.#rest())
    const cachedBeforeLoad = await cachedShare(model)
    const wasLoaded = (await engine.residency(model.name)).state === 'loaded'
    const { loadMs } = await this.#phase('load', () =>
      this.#lab.load(model, { contextTokens, slots, ...(settings && { settings }) }),
    )
    await this.#phase('post-load', () => this.#rest())
    const alone = await this.#asking('inference', async ask => {
      const benches: Bench[] = []
      for (const lengths of inference) benches.push(await ask({ ...lengths, concurrency: 1 }))
      return benches
    })
    const together = await this.#asking('concurrent', ask => ask(concurrent))
    await this.#underPressure()
    const tokens = Math.max(...[...inference, concurrent].map(lengths => lengths.promptTokens + lengths.outputTokens))
    const hasGpu = (await this.#lab.reading()).metrics.gpuTotalBytes.state === 'measured'
    const predicted = await predictedMemory(engine, model, { contextTokens, slots, tokens, hasGpu })
    const unloadMs = await this.#unload()
    return {
      schema: 1,
      testId,
      startedAt,
      engine: { name: engine.identity.name, version: engine.identity.version, runsAs: engine.identity.runsAs },
      model: {
        planned,
        name: model.name,
        origin: model.origin,
        scale: model.scale,
        fileBytes: model.bytes > 0 ? measured(model.bytes) : absent('the engine has the file itself'),
        parameters:
          model.architecture === null
            ? absent('only the engine knows the architecture of this model')
            : measured(parameterCount(model.architecture)),
        contextTokens,
        slots,
      },
      predicted,
      loadMs: wasLoaded ? absent('the model was loaded before') : measured(loadMs),
      cachedBeforeLoad,
      unloadMs,
      phases: this.#phases,
      inference: alone.map(benchRecord),
      concurrent: benchRecord(together),
      notReturned: notReturned(this.#phases),
    }
  }

  async #underPressure(): Promise<void> {
    const { pressure: request, concurrent } = this.#plan
    const leaveOut = (reason: string): void =>
      void this.#phases.push({ state: 'absent', name: 'memory pressure', reason })
    if (request === undefined) return leaveOut('this test takes no memory away')
    const applied = await applyMemoryPressure(request)
    if (applied.state === 'absent') return leaveOut(applied.reason)
    await using pressure = applied.value
    const taken = `${pressure.takenBytes} bytes taken, ${pressure.leftBytes} left`
    await this.#asking(
      'memory pressure',
      ask => ask(concurrent),
      () => (pressure.lost === null ? taken : `${taken}; ${pressure.lost}`),
    )
  }

  async #unload(): Promise<Measured> {
    const { neverUnloads } = this.#lab.engine.traits
    if (neverUnloads !== null) {
      for (const name of ['unload', 'final'] as const)
        this.#phases.push({ state: 'absent', name, reason: neverUnloads })
      return absent(neverUnloads)
    }
    const { unloadMs } = await this.#phase('unload', () => this.#lab.unload(this.#model.name))
    await this.#phase('final', () => this.#rest())
    return measured(unloadMs)
  }

  async #asking<T>(
    name: PhaseName,
    work: (ask: (plan: BenchPlan) => Promise<Bench>) => Promise<T>,
    note = () => '',
  ): Promise<T> {
    const responsesMs: number[] = []
    const ask = async (plan: BenchPlan): Promise<Bench> => {
      const bench = await this.#lab.bench(this.#model, plan)
      responsesMs.push(...bench.completed.map(({ endedAtMs, sentAtMs }) => endedAtMs - sentAtMs))
      return bench
    }
    return this.#phase(
      name,
      async () => {
        const result = await work(ask)
        await this.#rest()
        return result
      },
      () => ({ note: note(), responsesMs }),
    )
  }

  async #phase<T>(
    name: PhaseName,
    work: () => Promise<T>,
    outcome: () => { note: string; responsesMs: number[] } = () => ({ note: '', responsesMs: [] }),
  ): Promise<T> {
    const { sampler, engine } = this.#lab
    const startedAt = new Date().toISOString()
    const before = await this.#lab.reading()
    const result = await work()
    const after = await this.#lab.reading()
    const { note, responsesMs } = outcome()
    const window = (metric: 'cpuTemperatureC' | 'gpuTemperatureC' | 'requestsWaiting') =>
      sampler.window(metric, before.atMs, after.atMs)
    const cores = availableParallelism()
    this.#phases.push({
      state: 'measured',
      name,
      startedAt,
      startedAtMs: before.atMs,
      durationMs: after.atMs - before.atMs,
      metrics: phaseMetrics(before, after, {
        cores,
        windows: {
          cpuTemperatureC: await window('cpuTemperatureC'),
          gpuTemperatureC: await window('gpuTemperatureC'),
          requestsWaiting: await window('requestsWaiting'),
        },
        responseMs: responsesMs.length > 0 ? measured(mean(responsesMs)) : absent('no request ended in this phase'),
      }),
      modelMemory: await modelMemory(engine, this.#model.name),
      disturbance: disturbanceIn(before, after, cores),
      note,
    })
    return result
  }

  async #rest(): Promise<void> {
    await wait(REST_MS)
  }
}

const disturbanceIn = (before: Reading, after: Reading, cores: number): string | null =>
  disturbanceInWords(disturbanceBetween(before, after, cores))

async function cachedShare({ path }: ChosenModel): Promise<Measured> {
  if (path === '') return absent('the engine has the file itself')
  const cached = await inPageCache(path)
  if (cached.state === 'absent') return cached
  const { cachedBytes, totalBytes } = cached.value
  return totalBytes > 0 ? measured(Math.min(1, cachedBytes / totalBytes)) : absent(`${path} is empty`)
}

function benchRecord(bench: Bench): BenchRecord {
  const { success: _, ...figures } = benchFigures(bench)
  const { promptTokens, outputTokens, concurrency } = bench.plan
  const [completed, failed] = [bench.completed.length, bench.failed.length]
  return { promptTokens, outputTokens, concurrency, completed, failed, ...figures, disturbance: bench.disturbance }
}

function notReturned(phases: readonly Phase[]): ModelRecord['notReturned'] {
  const of = (name: PhaseName) => phases.find(phase => phase.name === name)
  const [before, after] = [of('baseline'), of('final')]
  const difference = (metric: (phase: MeasuredPhase) => Measured): Measured => {
    if (before?.state !== 'measured') return absent('there is no baseline')
    if (after?.state !== 'measured') return absent(after?.reason ?? 'the model was not unloaded')
    return both(metric(before), metric(after), (from, to) => to - from)
  }
  return {
    engineBytes: difference(({ metrics }) => heldByEngine(metrics)),
    machineBytes: difference(({ metrics }) => metrics.ramUsedBytes),
  }
}
