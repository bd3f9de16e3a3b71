import {
  type CompletionEvent,
  countOf,
  type EngineTimings,
  isObject,
  malformed,
  parseObject,
  textOf,
  toolCallText,
  type Usage,
} from '../completion-event.ts'
import type { WireFormat } from '../wire-format.ts'
import { LineCutter } from './line-cutter.ts'
import { ollamaBody } from './ollama-body.ts'

/**
 * Ollama's own API: lines of JSON from /api/chat and /api/generate. Only there are num_ctx and keep_alive, and the times
 * that the engine measured. Seen on 0.17.4 and 0.33.0.
 */
export const ollamaFormat: WireFormat = {
  isStreamed: true,
  contentType: 'application/x-ndjson',
  path: (path, { chatPath }) => (path === '/v1/chat/completions' ? chatPath : chatPath.replace(/\/chat$/, '/generate')),
  body: (request, target) => {
    const { options, ...rest } = ollamaBody(request)
    return {
      ...rest,
      stream: true,
      ...target.body,
      options: { ...options, ...(isObject(target.body.options) ? target.body.options : {}) },
    }
  },
  cutter: sink => new LineCutter(sink),
  read: (_type, data) => readLine(data),
  // What the end of the stream cut off is a record all the same if only its newline is missing.
  readStray: line => {
    const event = readLine(line)
    return event.kind === 'failure' && event.failure === 'malformed-event' ? null : event
  },
  lastEvent: 'a record with "done": true (Ollama also ends a stream so after some 30 equal tokens in a row)',
  frame: { before: '', after: '\n' },
  varyingField: 'created_at',
}

function readLine(data: string): CompletionEvent {
  const parsed = parseObject(data)
  if (parsed.kind === 'failure') return parsed
  const { json } = parsed
  if (typeof json.done !== 'boolean') return malformed('not a record of a completion', data)
  // A chat has its text in `message`, a plain completion in the record itself.
  const message = isObject(json.message) ? json.message : json
  return {
    kind: 'chunk',
    answer: textOf(message.content) || textOf(message.response) || toolCallText(message.tool_calls),
    reasoning: textOf(message.thinking),
    finishReason: json.done && typeof json.done_reason === 'string' ? json.done_reason : null,
    usage: readUsage(json),
    timings: readTimings(json),
    isLast: json.done,
  }
}

/**
 * Cached prompt tokens are among `prompt_eval_count`; how many there were is not told. Go leaves out fields that are zero,
 * so without `eval_count` nothing was generated. But every prompt has a token: without a count it is not known.
 */
function readUsage(json: Record<string, unknown>): Usage | null {
  const promptTokens = countOf(json.prompt_eval_count)
  if (promptTokens === null) return null
  return { promptTokens, completionTokens: countOf(json.eval_count) ?? 0, cachedTokens: null }
}

/** A record with a `total_duration` has them all; left out are those of zero (0.17.4 has no time for a single token). */
function readTimings(json: Record<string, unknown>): EngineTimings | null {
  if (countOf(json.total_duration) === null) return null
  return {
    promptMs: millisecondsOf(json.prompt_eval_duration),
    predictedMs: millisecondsOf(json.eval_duration),
    loadMs: millisecondsOf(json.load_duration),
    cachedTokens: null,
  }
}

const NS_PER_MS = 1e6

const millisecondsOf = (ns: unknown): number => (countOf(ns) ?? 0) / NS_PER_MS
