import { CouldNotMeasureError, EngineStartError, ModelMissingError } from '../../errors.ts'
import { EngineAnswerError } from '../http-client.ts'
import { withLog } from '../log-text.ts'

/** llama-quantize of 0.30 and later says `iostream error` for a disk that is full, in the log alone. */
const DISK_FULL = /no space left on device|ENOSPC|iostream error/i
const OUT_OF_MEMORY = /out.of.memory|cudaMalloc|requires more system memory|unable to allocate|resource limitations/i

const NO_SPACE =
  'the disk that its models are on is full. From 0.30 on Ollama keeps the file and a converted copy of it, so it ' +
  "takes twice the file's size; make room, or set OLLAMA_MODELS to another disk where Ollama is started"
const NO_MEMORY =
  'memory ran out. Measure a smaller model, fewer requests at a time or less context, or unload other models'

/** What went wrong when a model was created from a file. */
export function creationFailure(name: string, error: unknown, log: string[]): unknown {
  if (!(error instanceof CouldNotMeasureError)) return error
  const full = [error.message, ...log].some(text => DISK_FULL.test(text))
  const advice = full ? ` Cause: ${NO_SPACE}.` : ''
  return new EngineStartError(
    withLog(`Ollama could not create ${name} from its file: ${error.message}.${advice}`, log),
    {
      cause: error,
    },
  )
}

/** What went wrong when a model was loaded. */
export function loadFailure(name: string, error: unknown, log: string[]): unknown {
  if (!(error instanceof EngineAnswerError)) return error
  const advice = OUT_OF_MEMORY.test(error.message) ? ` Cause: ${NO_MEMORY}.` : ''
  return new EngineStartError(withLog(`Ollama could not load ${name}: ${error.message}.${advice}`, log), {
    cause: error,
  })
}

export const missingModel = (url: string, name: string, names: string[]): ModelMissingError =>
  new ModelMissingError(
    `${url} has no model ${name}. It has: ${names.join(', ') || 'none'}. ` +
      `Get it with: ollama pull ${name}, or let the run do so with PERF_PULL=1.`,
  )
