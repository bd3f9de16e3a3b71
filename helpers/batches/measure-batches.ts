import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { crashBehind } from '../engines/crash-behind.ts'
import type { Engine, ModelFile } from '../engines/engine.ts'
import { ClientBottleneckError, CouldNotMeasureError, PerfError } from '../errors.ts'
import { judgeClient, type LoadResult, openRecords, slice, startClientHealth, type Workload } from '../load/index.ts'
import { type Measured, measured } from '../measured.ts'
import { freeMemory, memoryDomain, type Reading, type Sampler } from '../sampling/index.ts'
import { type BatchPlan, requestsFor } from './batch-plan.ts'
import { type BatchEvidence, batchResult } from './batch-result.ts'
import type { BatchResult, BatchRun } from './batch-run.ts'
import { fastestRate } from './chunk-rate.ts'
import { earlierWork, rememberPlan } from './earlier-work.ts'
import { directPath, type LoadHooks, type LoadPath, type LoadPathSetup } from './load-path.ts'
import { type Progress, ProgressMeter } from './progress-meter.ts'
import { withStartDelays } from './start-delay.ts'
import { surroundingsOf } from './surroundings.ts'

/**
 * Chunks sent before the first batch, at the measured concurrency: first-use allocations are no leak, and an engine that
 * has answered nothing yet is 5 to 8 % slower for two seconds.
 */
const WARM_UP_CHUNKS = { fresh: 4, used: 2 } as const

export interface BatchMeasurement {
  /** `<plan>.<spec>` */
  id: string
  engine: Engine
  sampler: Sampler
  /** Loaded already. */
  model: ModelFile & { scale: number }
  /** How long its load took. */
  loadMs: Measured
  workload: Workload
  plan: BatchPlan
  /** Hardware id. */
  hardware: string
  /** Cores of this machine. */
  cores: number
  /** Where records.jsonl goes. */
  directory: string
  signal: AbortSignal
  /** How requests reach the engine; straight to it unless said. */
  openPath?: (setup: LoadPathSetup) => Promise<LoadPath>
  onProgress: (progress: Progress) => void
}

/**
 * Warms up, and sends the batches one after the other in chunks of n with a barrier; reads memory at every
 * barrier, when nothing is in flight. The pauses for reading lie outside the measured time.
 *
 * @throws EngineCrashedError when the engine dies after its first request.
 * @throws ClientBottleneckError when the client was too slow to be believed.
 * @throws CouldNotMeasureError when records cannot be written or the run is stopped.
 */
export async function measureBatches(setup: BatchMeasurement): Promise<BatchRun> {
  try {
    return await measure(setup)
  } catch (error) {
    throw (await crashBehind(error, setup.engine)) ?? error
  }
}

async function measure(setup: BatchMeasurement): Promise<BatchRun> {
  const { id, engine, sampler, model, workload, plan } = setup
  const stop = new AbortController()
  void engine.died.then(error => stop.abort(error))
  const signal = AbortSignal.any([setup.signal, stop.signal])

  const file = join(setup.directory, `${id}.records.jsonl`)
  const earlier = await earlierWork(file, workload.hash, plan.chunk)
  await using records = await openRecords(file, {
    runId: id,
    workloadHash: workload.hash,
    resume: existsSync(file),
  })
  using health = startClientHealth()
  const { openPath = directPath } = setup
  await using path = await openPath({
    target: engine.target(model.name),
    chunk: plan.chunk,
    records,
    health,
    signal,
  })
  const send: Send = (batch, { from, to }, hooks) =>
    path.send(batch, slice(workload.requests(batch), from, to), hooks).catch(error => {
      throw reasonOf(signal, engine) ?? error
    })

  // What the engine logs in the warm-up counts: a crash there is a crash.
  const seenErrors = new Set(errorLines(engine))
  const rate = await warmUp(setup, send)
  const requestsPerBatch = earlier?.requestsPerBatch ?? requestsFor(plan, rate)
  await rememberPlan(file, { requestsPerBatch })
  const total = plan.batches * requestsPerBatch
  const left = range(plan.batches).reduce((sum, batch) => sum - (earlier?.recordsOf(batch).length ?? 0), total)
  const meter = new ProgressMeter(left, setup.onProgress)

  const batches: BatchResult[] = []
  let earlierRequests = 0
  const start = await settledReading(sampler)
  let before = start
  const domain = memoryDomain(before, engine.traits.gpuMemoryIsFixed)
  for (let batch = 0; batch < plan.batches; batch++) {
    if (batch > 0 && plan.pauseMs > 0) {
      await wait(plan.pauseMs, undefined, { signal }).catch(error => {
        throw reasonOf(signal, engine) ?? error
      })
    }
    const residencyBefore = await engine.residency(model.name)
    const done = earlier?.recordsOf(batch) ?? []
    const readings: Reading[] = []
    const load = await send(
      batch,
      { from: done.length, to: requestsPerBatch },
      {
        earlier: done,
        betweenChunks: async chunk => {
          readings[chunk] = await settledReading(sampler)
        },
        onFinished: requests => meter.count(requests, `batch ${batch + 1}/${plan.batches}`),
      },
    )
    const after = readings.at(-1) ?? before
    const evidence: BatchEvidence = {
      index: batch,
      wasSentBefore: done.length === requestsPerBatch,
      memory: domain.state === 'measured' ? measured(domain.value.metric) : domain,
      load,
      before,
      after,
      readings,
      noRest: path.noRest,
      residency: { before: residencyBefore, after: await engine.residency(model.name) },
      cores: setup.cores,
      kvCacheShare: (await engine.queue()).kvCacheShare,
      logErrors: newLines(engine, seenErrors),
    }
    earlierRequests += done.length
    batches.push(await batchResult(evidence, sampler))
    before = after
  }
  const clientHealth = health.read()
  const bottleneck = judgeClient(clientHealth, path.clientLimits)
  if (bottleneck !== null) throw new ClientBottleneckError(`Measuring ${id}: ${bottleneck}`)
  return {
    id,
    engine: engine.identity,
    model: { name: model.name, scale: model.scale, bytes: model.bytes },
    hardware: setup.hardware,
    workload: { hash: workload.hash, description: workload.description },
    memoryDomain: domain.state === 'measured' ? measured(domain.value.domain) : domain,
    memoryGrowsByDesign:
      domain.state === 'measured' && domain.value.domain.startsWith('host') && !holdsGpuMemory(start)
        ? engine.traits.hostMemoryGrowsByDesign
        : null,
    freeMemoryBytes: domain.state === 'measured' ? freeMemory(start, domain.value.metric) : domain,
    earlierRequests,
    batches: withStartDelays(batches),
    accounts: path.accounts,
    client: clientHealth,
    surroundings: await surroundingsOf(engine, sampler, {
      path,
      fromMs: start.atMs,
      toMs: before.atMs,
    }),
    loadMs: setup.loadMs,
  }
}

/** What grows by design in host memory does so on a CPU. */
const holdsGpuMemory = ({ metrics: { gpuEngineBytes } }: Reading): boolean =>
  gpuEngineBytes.state === 'measured' && gpuEngineBytes.value > 0

/** An engine that has just answered still holds what it frees in its next idle moment. */
const SETTLE_MS = 40

async function settledReading(sampler: Sampler): Promise<Reading> {
  await wait(SETTLE_MS)
  return sampler.read()
}

type Send = (batch: number, requests: { from: number; to: number }, hooks: LoadHooks) => Promise<LoadResult>

/** Sends the warm-up and returns the rate of its fastest chunk, in requests per second. */
async function warmUp({ id, engine, model, plan }: BatchMeasurement, send: Send): Promise<number> {
  const residency = await engine.residency(model.name)
  const isUsed =
    residency.state === 'loaded' &&
    residency.generatedTokens.state === 'measured' &&
    residency.generatedTokens.value > 0
  const requests = WARM_UP_CHUNKS[isUsed ? 'used' : 'fresh'] * plan.chunk
  const { tally, chunks } = await send(-1, { from: 0, to: requests }, {})
  if (tally.completed === 0)
    throw new CouldNotMeasureError(
      `Warming up ${model.name} for ${id}: none of ${requests} requests succeeded, so nothing was measured. ` +
        `The first one: ${tally.firstFailure}`,
    )
  return fastestRate(chunks)
}

/** Why the run was stopped; null while it was not. */
function reasonOf(signal: AbortSignal, engine: Engine): PerfError | null {
  if (!signal.aborted) return null
  const reason: unknown = signal.reason
  if (reason instanceof PerfError) return reason
  return new CouldNotMeasureError(`The measurement on ${engine.identity.name} was stopped before its end.`, {
    cause: reason,
  })
}

/** Words by which engines mark an error in their log. */
const ERROR_LINE =
  /\berror\b|\bfatal\b|out of memory|failed to allocate|abort|ended on its own|terminated|segmentation fault/i

const errorLines = (engine: Engine): string[] => engine.logTail().filter(line => ERROR_LINE.test(line))

function newLines(engine: Engine, seen: Set<string>): string[] {
  const lines = errorLines(engine).filter(line => !seen.has(line))
  for (const line of lines) seen.add(line)
  return lines
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
