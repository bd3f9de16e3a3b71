/** Exit codes of a run. 1 wins over 3; 2 stops a run before anything starts. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  badInput: 2,
  couldNotMeasure: 3,
  interrupted: 130,
  terminated: 143,
} as const

/**
 * The root of every error this suite throws on purpose. A message names what was being done, what was found, what is
 * allowed and what to do. `code` is stable, `exitCode` is what the run ends with when the error decides it.
 */
export abstract class PerfError extends Error {
  abstract readonly code: string
  abstract readonly exitCode: number

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/** An option, a configuration, a batch file or a baseline file that is not as it must be. */
export class BadInputError extends PerfError {
  readonly code = 'PERF_BAD_INPUT'
  readonly exitCode = exitCodes.badInput
}

/** Something broke that is not the thing under test: no verdict about the engine can be given. */
export class CouldNotMeasureError extends PerfError {
  readonly code: string = 'PERF_COULD_NOT_MEASURE'
  readonly exitCode = exitCodes.couldNotMeasure
}

/** The engine never came up, or a model could not be loaded before the first request. */
export class EngineStartError extends CouldNotMeasureError {
  override readonly code = 'PERF_ENGINE_START'
  /** More of the engine's log than the message shows: a cause may stand far above the last lines. Empty where there is none. */
  readonly log: readonly string[]

  constructor(message: string, { log = [], ...options }: ErrorOptions & { log?: readonly string[] } = {}) {
    super(message, options)
    this.log = log
  }
}

/** A model that the engine does not have; the message says how to get it. */
export class ModelMissingError extends CouldNotMeasureError {
  override readonly code = 'PERF_MODEL_MISSING'
}

/** The load client itself was too slow: its numbers would be the client's, not the engine's. */
export class ClientBottleneckError extends CouldNotMeasureError {
  override readonly code = 'PERF_CLIENT_BOTTLENECK'
}

/** Records or series could not be written, for instance because the disk is full. */
export class RecordingError extends CouldNotMeasureError {
  override readonly code = 'PERF_RECORDING'
}

/** The engine died after its first request. "No crashes" is a criterion, so this is a failure and not a broken run. */
export class EngineCrashedError extends PerfError {
  readonly code = 'PERF_ENGINE_CRASHED'
  readonly exitCode = exitCodes.failed
}
