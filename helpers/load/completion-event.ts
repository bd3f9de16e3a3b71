import { utf8 } from './sse-cutter.ts'

/** The engine's own account of a request. */
export interface Usage {
  promptTokens: number
  completionTokens: number
  cachedTokens: number | null
}

/** llama.cpp's own times. */
export interface EngineTimings {
  promptMs: number
  predictedMs: number
  cachedTokens: number | null
}

/** One chunk of a streamed completion, or why it is none. Texts are latin1 (see sse-cutter.ts). */
export type CompletionEvent =
  | {
      kind: 'chunk'
      /** What the model says: `delta.content`, or `text` of a plain completion. Empty where there is none. */
      answer: string
      reasoning: string
      finishReason: string | null
      usage: Usage | null
      timings: EngineTimings | null
    }
  | { kind: 'error'; message: string }
  | { kind: 'malformed'; message: string }

/** Reads the data of one event. OpenAI's chat and plain completions, as vLLM, llama.cpp, Ollama and SGLang send them. */
export function parseCompletionEvent(data: string): CompletionEvent {
  let json: unknown
  try {
    json = JSON.parse(data)
  } catch (error) {
    return { kind: 'malformed', message: `not JSON (${messageOf(error)}): ${excerpt(data)}` }
  }
  if (!isObject(json)) return { kind: 'malformed', message: `not a JSON object: ${excerpt(data)}` }
  const error = errorMessage(json)
  if (error !== null) return { kind: 'error', message: error }
  const choice = Array.isArray(json.choices) ? json.choices[0] : undefined
  const usage = readUsage(json.usage)
  if (!isObject(choice)) {
    const isFinal = Array.isArray(json.choices) || usage !== null
    if (!isFinal) return { kind: 'malformed', message: `not a completion chunk: ${excerpt(data)}` }
    return { kind: 'chunk', answer: '', reasoning: '', finishReason: null, usage, timings: readTimings(json.timings) }
  }
  const delta = isObject(choice.delta) ? choice.delta : choice
  return {
    kind: 'chunk',
    answer: text(delta.content) || text(delta.text) || toolCalls(delta.tool_calls),
    reasoning: text(delta.reasoning_content) || text(delta.reasoning),
    finishReason: typeof choice.finish_reason === 'string' ? choice.finish_reason : null,
    usage,
    timings: readTimings(json.timings),
  }
}

/** The message of an error object in any of the engines' spellings; null where the JSON is no error. */
export function errorMessage(json: unknown): string | null {
  if (!isObject(json)) return null
  const error = json.error
  if (typeof error === 'string') return utf8(error)
  if (isObject(error)) return utf8(text(error.message) || JSON.stringify(error))
  if (json.object === 'error') return utf8(text(json.message) || JSON.stringify(json))
  return null
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The beginning of a text, for a message. */
export function excerpt(latin1: string, limit = 200): string {
  const whole = utf8(latin1).trim()
  return whole.length > limit ? `${whole.slice(0, limit)}…` : whole
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const count = (value: unknown): number | null => (typeof value === 'number' && value >= 0 ? value : null)

/** A tool call is generated tokens too; its arguments are as good a sign of them as content. */
const toolCalls = (value: unknown): string => (Array.isArray(value) && value.length > 0 ? 'tool call' : '')

function readUsage(usage: unknown): Usage | null {
  if (!isObject(usage)) return null
  const promptTokens = count(usage.prompt_tokens)
  const completionTokens = count(usage.completion_tokens)
  if (promptTokens === null || completionTokens === null) return null
  const details = usage.prompt_tokens_details
  return { promptTokens, completionTokens, cachedTokens: isObject(details) ? count(details.cached_tokens) : null }
}

function readTimings(timings: unknown): EngineTimings | null {
  if (!isObject(timings)) return null
  const promptMs = count(timings.prompt_ms)
  const predictedMs = count(timings.predicted_ms)
  if (promptMs === null || predictedMs === null) return null
  return { promptMs, predictedMs, cachedTokens: count(timings.cache_n) }
}
