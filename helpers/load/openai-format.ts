import {
  type CompletionChunk,
  type CompletionEvent,
  countOf,
  type EngineTimings,
  type EventFailure,
  errorMessage,
  errorRecord,
  excerpt,
  isObject,
  malformed,
  parseObject,
  textOf,
  toolCallText,
  type Usage,
  utf8,
} from './completion-event.ts'
import { SseCutter } from './sse-cutter.ts'
import type { WireFormat } from './wire-format.ts'

/** OpenAI's chat and plain completions over server-sent events, as vLLM, llama.cpp, Ollama and SGLang send them. */
export const openaiFormat: WireFormat = {
  isStreamed: true,
  contentType: 'text/event-stream',
  path: (path, { chatPath }) =>
    path === '/v1/chat/completions' ? chatPath : chatPath.replace(/\/chat\/completions$/, '/completions'),
  body: (request, target) => ({
    ...request.body,
    stream: true,
    stream_options: { include_usage: true },
    ...target.body,
  }),
  cutter: sink => new SseCutter(sink),
  read: readEvent,
  readStray,
  lastEvent: '[DONE]',
  frame: { before: 'data: ', after: '\n\n' },
  varyingField: null,
}

const nothing: CompletionChunk = {
  kind: 'chunk',
  answer: '',
  reasoning: '',
  finishReason: null,
  usage: null,
  timings: null,
  isLast: false,
}

function readEvent(type: string, data: string): CompletionEvent {
  if (data === '[DONE]') return { ...nothing, isLast: true }
  const parsed = parseObject(data)
  if (type === 'error') return parsed.kind === 'failure' && isErrorRecord(parsed) ? parsed : errorRecord(excerpt(data))
  return parsed.kind === 'failure' ? parsed : readChunk(parsed.json, data)
}

const isErrorRecord = ({ failure }: EventFailure): boolean => failure === 'error-record' || failure === 'proxy-error'

function readChunk(json: Record<string, unknown>, data: string): CompletionEvent {
  const choice = Array.isArray(json.choices) ? json.choices[0] : undefined
  const usage = readUsage(json.usage)
  const timings = readTimings(json.timings)
  if (!isObject(choice)) {
    const isFinal = Array.isArray(json.choices) || usage !== null
    return isFinal ? { ...nothing, usage, timings } : malformed('not a completion chunk', data)
  }
  // A stream has deltas, an answer in one piece its message, a plain completion the text in the choice itself.
  const delta = [choice.delta, choice.message].find(isObject) ?? choice
  return {
    kind: 'chunk',
    answer: textOf(delta.content) || textOf(delta.text) || toolCallText(delta.tool_calls),
    reasoning: textOf(delta.reasoning_content) || textOf(delta.reasoning),
    finishReason: typeof choice.finish_reason === 'string' ? choice.finish_reason : null,
    usage,
    timings,
    isLast: false,
  }
}

/** Errors that come without a field (Ollama), in a field of their own (older llama.cpp: `error: {…}`), or as text. */
function readStray(line: string): EventFailure | null {
  if (line.startsWith('proxy error:')) return { kind: 'failure', failure: 'proxy-error', message: utf8(line) }
  const text = line.startsWith('error:') ? line.slice('error:'.length) : line
  if (!text.trimStart().startsWith('{')) return null
  const message = strayError(text)
  return message === null ? null : errorRecord(message)
}

function strayError(text: string): string | null {
  try {
    const json: unknown = JSON.parse(text)
    return errorMessage(json) ?? (isObject(json) && typeof json.message === 'string' ? utf8(json.message) : null)
  } catch {
    // Not JSON after all: a line that the specification says to ignore.
    return null
  }
}

function readUsage(usage: unknown): Usage | null {
  if (!isObject(usage)) return null
  const promptTokens = countOf(usage.prompt_tokens)
  const completionTokens = countOf(usage.completion_tokens)
  if (promptTokens === null || completionTokens === null) return null
  const details = usage.prompt_tokens_details
  return { promptTokens, completionTokens, cachedTokens: isObject(details) ? countOf(details.cached_tokens) : null }
}

/** llama.cpp's. */
function readTimings(timings: unknown): EngineTimings | null {
  if (!isObject(timings)) return null
  const promptMs = countOf(timings.prompt_ms)
  const predictedMs = countOf(timings.predicted_ms)
  if (promptMs === null || predictedMs === null) return null
  return { promptMs, predictedMs, loadMs: null, cachedTokens: countOf(timings.cache_n) }
}
