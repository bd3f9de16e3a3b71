import { setTimeout as wait } from 'node:timers/promises'
import { monotonicMs } from '../clock.ts'
import type { Engine, ModelFile } from '../engines/engine.ts'
import { CouldNotMeasureError } from '../errors.ts'
import { runLoad, slice, type Workload } from '../load/index.ts'
import type { Expiry } from './expiry.ts'

export interface ExpiryMeasurement {
  id: string
  engine: Engine
  model: ModelFile
  contextTokens: number
  /** Its first request is sent. */
  workload: Workload
  keepAliveSeconds: number
  signal: AbortSignal
}

/** A model that is still there so long after its time is not going to go. */
const PATIENCE = { factor: 2, leastMs: 15_000 } as const
const LOOK_EVERY_MS = 100

/**
 * Loads a model that may expire, lets it answer once and looks until it is gone. Looking neither loads a model nor keeps
 * it loaded.
 *
 * @throws CouldNotMeasureError when the engine has no keep-alive, when the request fails or the run is stopped.
 */
export async function measureExpiry(setup: ExpiryMeasurement): Promise<Expiry> {
  const { id, engine, model, contextTokens, keepAliveSeconds, signal } = setup
  // Loaded for ever so far: it is the request's own keep-alive that counts from here on.
  await engine.load(model, { contextTokens, slots: 1, keepAlive: { seconds: keepAliveSeconds }, signal })
  const answeredAtMs = await answerOnce(setup)
  const keepAliveMs = 1000 * keepAliveSeconds
  const patienceMs = Math.max(PATIENCE.leastMs, PATIENCE.factor * keepAliveMs)
  const expiry = { id, engine: engine.identity, modelName: model.name, keepAliveMs }
  let looks = 0
  let resolutionMs = 0
  let lastMs = answeredAtMs
  for (;;) {
    const { state } = await engine.residency(model.name)
    const nowMs = monotonicMs()
    looks++
    resolutionMs = Math.max(resolutionMs, nowMs - lastMs)
    lastMs = nowMs
    const afterMs = nowMs - answeredAtMs
    const isGone = state === 'not loaded'
    if (isGone || afterMs > patienceMs) return { ...expiry, isGone, afterMs, looks, resolutionMs }
    await wait(LOOK_EVERY_MS, undefined, { signal }).catch(cause => {
      throw new CouldNotMeasureError(`Waiting for ${model.name} to expire was stopped.`, { cause })
    })
  }
}

/** When the answer was complete, on the monotonic clock. */
async function answerOnce({ engine, model, workload, signal }: ExpiryMeasurement): Promise<number> {
  const schedule = { kind: 'closed loop', concurrency: 1 } as const
  const { endMs, tally } = await runLoad({
    target: engine.target(model.name),
    requests: slice(workload.requests(0), 0, 1),
    schedule,
    batch: 0,
    signal,
  })
  if (tally.completed === 1) return endMs
  throw new CouldNotMeasureError(`Asking ${model.name} once before it idles failed: ${tally.firstFailure}`)
}
