import type { Engine, LoadOptions, ModelFile } from '../engines/index.ts'
import { CouldNotMeasureError, EngineStartError } from '../errors.ts'
import { type FailedRecord, promptWords, runLoad, slice, syntheticWorkload } from '../load/index.ts'
import { formatQuantity } from '../units.ts'

/** As many as are evaluated together (llama.cpp's default): what is only reserved until then is used then. */
const batchTokens = 512

/** Several models at once, each with the same context. */
export interface LoadTrial extends Pick<LoadOptions, 'contextTokens' | 'slots' | 'settings' | 'signal'> {
  /** Loaded in this order, each asked before the next one is loaded. */
  models: readonly ModelFile[]
  /** What all of it may take. */
  limitBytes: number
  /** For the load of one model, and for its answer; two minutes unless said. */
  timeLimitMs?: number
}

/** Tokens of the prompt that a model is asked with: a whole batch, or half of a smaller context. */
export const trialPromptTokens = (contextTokens: number): number => Math.floor(Math.min(batchTokens, contextTokens / 2))

/** Neither done nor refused within the trial's limit of time. */
export class TrialHungError extends CouldNotMeasureError {
  override readonly code = 'PERF_TRIAL_HUNG'
}

const defaultTimeLimitMs = 120_000
const answerTokens = 4

/**
 * Loads one model and has it answer, so that its memory is not only promised: the prompt fills a whole batch where the
 * context has room for it.
 *
 * @throws EngineStartError when it is refused or dies; TrialHungError when it takes longer than the limit.
 */
export async function loadAndAsk(engine: Engine, model: ModelFile, trial: LoadTrial): Promise<void> {
  const { contextTokens, slots, settings, timeLimitMs = defaultTimeLimitMs } = trial
  const within = async (what: string, task: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    const limit = AbortSignal.timeout(timeLimitMs)
    const signal = trial.signal ? AbortSignal.any([trial.signal, limit]) : limit
    try {
      await task(signal)
    } catch (error) {
      if (!limit.aborted || trial.signal?.aborted) throw error
      throw new TrialHungError(
        `${what} ${model.name} took longer than ${formatQuantity(timeLimitMs, 'ms')}: it was neither done nor refused. ` +
          'The engine may be short of memory and read its file over and over; look at its log and at disk reads.',
        { cause: error },
      )
    }
  }
  await within('Loading', async signal => {
    await untilAborted(engine.load(model, { contextTokens, slots, ...(settings && { settings }), signal }), signal)
  })
  await within('The answer of', signal => ask(engine, model, trialPromptTokens(contextTokens), signal))
}

async function ask(engine: Engine, model: ModelFile, promptTokens: number, signal: AbortSignal): Promise<void> {
  // One text is counted, which is an answer of its own on some engines: the length need not be exact.
  const counted = await engine.countTokens(model.name, promptWords.join(' '))
  const tokensPerWord = counted.state === 'measured' ? counted.value / promptWords.length : 1
  const workload = await syntheticWorkload({
    promptTokens: Math.max(1, Math.floor(promptTokens / tokensPerWord)),
    outputTokens: answerTokens,
    seed: 1,
    fixedOutput: false,
    seeded: engine.traits.seeded,
  })
  const failed: FailedRecord[] = []
  await runLoad({
    target: engine.target(model.name),
    requests: slice(workload.requests(0), 0, 1),
    schedule: { kind: 'closed loop', concurrency: 1 },
    batch: 0,
    signal,
    onRecord: record => {
      if (record.state === 'failed') failed.push(record)
    },
  })
  signal.throwIfAborted()
  const [failure] = failed
  if (failure) throw new EngineStartError(`${model.name} was loaded and did not answer: ${failure.message}`)
}

/** An engine may not look at the signal while it waits. */
function untilAborted<T>(task: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    task.then(resolve, reject)
  })
}
