import type { FailureClass } from './request-record.ts'

/** The engine's own account of a request. */
export interface Usage {
  promptTokens: number
  completionTokens: number
  cachedTokens: number | null
}

/** The engine's own times. */
export interface EngineTimings {
  promptMs: number
  predictedMs: number
  /** Ollama's load_duration: loading and waiting for a place; null on engines that do not tell. */
  loadMs: number | null
  cachedTokens: number | null
}

/** One chunk of a streamed completion. Texts are latin1 (see sse-cutter.ts). */
export interface CompletionChunk {
  kind: 'chunk'
  /** What the model says. Empty where there is nothing. */
  answer: string
  reasoning: string
  finishReason: string | null
  usage: Usage | null
  timings: EngineTimings | null
  /** Nothing follows it: the stream is whole. */
  isLast: boolean
}

/** Why something that was sent is no chunk. */
export interface EventFailure {
  kind: 'failure'
  failure: FailureClass
  message: string
}

export type CompletionEvent = CompletionChunk | EventFailure

export const errorRecord = (message: string): EventFailure => ({
  kind: 'failure',
  failure: tellsOfDeadProcess(message) ? 'proxy-error' : 'error-record',
  message,
})

/**
 * Words by which a server says that the process of its model died: llama-server's router, Ollama before and since 0.30,
 * vLLM (each seen when that process was killed).
 */
const DEAD_PROCESS =
  /^proxy error:|running the model: unexpected EOF|runner has unexpectedly stopped|llama-server (process has )?terminated|^EngineCore encountered an issue/

export const tellsOfDeadProcess = (message: string): boolean => DEAD_PROCESS.test(message)

/** @param what Is wrong with it. */
export const malformed = (what: string, data: string): EventFailure => ({
  kind: 'failure',
  failure: 'malformed-event',
  message: `${what}: ${excerpt(data)}`,
})

/** The JSON object that an event's data is, or the failure that it is none or tells of an error. */
export function parseObject(data: string): { kind: 'object'; json: Record<string, unknown> } | EventFailure {
  let json: unknown
  try {
    json = JSON.parse(data)
  } catch (error) {
    return malformed(`not JSON (${messageOf(error)})`, data)
  }
  if (!isObject(json)) return malformed('not a JSON object', data)
  const message = errorMessage(json)
  return message === null ? { kind: 'object', json } : errorRecord(message)
}

/** The message of an error object in any of the engines' spellings; null where the JSON is no error. */
export function errorMessage(json: unknown): string | null {
  if (!isObject(json)) return null
  const error = json.error
  if (typeof error === 'string') return innerMessage(error) ?? utf8(error)
  if (isObject(error)) return utf8(textOf(error.message) || JSON.stringify(error))
  if (json.object === 'error') return utf8(textOf(json.message) || JSON.stringify(json))
  return null
}

/** Ollama passes on what its llama-server answered: an error object as text. */
function innerMessage(text: string): string | null {
  if (!text.startsWith('{')) return null
  try {
    return errorMessage(JSON.parse(text))
  } catch {
    // A text that only begins as JSON does.
    return null
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The text of latin1 characters that are really the bytes of UTF-8. */
export const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8')

/** The beginning of a text, for a message. */
export function excerpt(latin1: string, limit = 200): string {
  const whole = utf8(latin1).trim()
  return whole.length > limit ? `${whole.slice(0, limit)}…` : whole
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

export const countOf = (value: unknown): number | null => (typeof value === 'number' && value >= 0 ? value : null)

/** A tool call is generated tokens too; its arguments are as good a sign of them as content. */
export const toolCallText = (value: unknown): string => (Array.isArray(value) && value.length > 0 ? 'tool call' : '')
