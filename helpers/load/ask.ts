import type { CompletionTarget } from '../engines/engine.ts'
import { HttpClient } from '../engines/http-client.ts'
import { CouldNotMeasureError } from '../errors.ts'
import { type CompletionChunk, utf8 } from './completion-event.ts'
import { wireFormats } from './wire-formats.ts'

/** As long as the load client waits for a first token. */
const LIMIT_MS = 30 * 60_000

/** One chat request, in OpenAI's words whatever the target speaks. */
export interface Question {
  messages: readonly object[]
  maxTokens: number
  /** `{type: 'json_schema', json_schema: {name, schema}}`: the answer is JSON of that schema. */
  responseFormat?: object
  seed?: number
  /** 1 unless said. */
  temperature?: number
  signal?: AbortSignal
}

export interface Answer {
  /** What the model says, without its reasoning. */
  text: string
  /** `stop`, `length`. */
  finishReason: string
  /** As the engine counts them. */
  promptTokens: number
  completionTokens: number
}

/**
 * Asks once and reads the whole answer: for what is said, not for how fast it comes. The load client is for that.
 *
 * @throws CouldNotMeasureError when the request is refused, fails, or ends without a finish reason or usage; BadInputError
 * for a field that the target's protocol cannot carry; the signal's own reason.
 */
export async function ask(target: CompletionTarget, question: Question): Promise<Answer> {
  const { messages, maxTokens, responseFormat, seed, temperature = 1, signal } = question
  const format = wireFormats[target.protocol]
  const body = {
    messages,
    max_tokens: maxTokens,
    temperature,
    ...(seed === undefined ? {} : { seed }),
    ...(responseFormat === undefined ? {} : { response_format: responseFormat }),
  }
  const request = { id: 'question', path: '/v1/chat/completions', body, expectedCompletionTokens: null } as const
  const client = new HttpClient(target.origin, { headers: target.headers, timeoutMs: LIMIT_MS })
  const path = format.path(request.path, target)
  const stream = await client.postText(path, format.body(request, target), { signal })
  return wholeAnswer(chunksOf(stream, target.protocol), `POST ${target.origin}${path}`)
}

/** @throws CouldNotMeasureError for what the stream itself calls an error, or what is no part of one. */
function chunksOf(stream: string, protocol: CompletionTarget['protocol']): CompletionChunk[] {
  const format = wireFormats[protocol]
  const chunks: CompletionChunk[] = []
  const take = (event: ReturnType<typeof format.read> | null): void => {
    if (event?.kind === 'failure') throw new CouldNotMeasureError(`The answer broke off: ${event.message}`)
    if (event !== null) chunks.push(event)
  }
  const cutter = format.cutter({
    skim: (_bytes, from) => from,
    event: (type, data) => take(format.read(type, data)),
    strayLine: line => take(format.readStray(line)),
  })
  cutter.push(Buffer.from(stream))
  if (cutter.rest !== '') take(format.readStray(cutter.rest))
  return chunks
}

function wholeAnswer(chunks: readonly CompletionChunk[], what: string): Answer {
  const finishReason = chunks.findLast(chunk => chunk.finishReason !== null)?.finishReason ?? null
  const usage = chunks.findLast(chunk => chunk.usage !== null)?.usage ?? null
  if (finishReason === null || usage === null) {
    throw new CouldNotMeasureError(`${what} ended after ${chunks.length} events without finish reason or usage.`)
  }
  return {
    // A character may be cut in two by an event's end: the bytes are put together before they are read.
    text: utf8(chunks.map(chunk => chunk.answer).join('')),
    finishReason,
    promptTokens: usage.promptTokens,
    completionTokens: usage.completionTokens,
  }
}
