import { randomBytes } from 'node:crypto'
import type { FinishReason, Timings } from './protocol.ts'

/** How one answer is written: the two kinds of completion differ in their chunks, not in their course. */
export interface AnswerFormat {
  /** Before the first token, once there is one. */
  opening(): string
  delta(text: string): string
  /** Everything after the last token. */
  closing(result: Result, includeUsage: boolean): string
  /** The whole answer, where it is not streamed. */
  whole(text: string, result: Result): object
}

export interface Result {
  finishReason: FinishReason
  timings: Timings
}

const fingerprint = 'embedded'
const done = 'data: [DONE]\n\n'
const event = (body: object): string => `data: ${JSON.stringify(body)}\n\n`
const newId = (): string => `chatcmpl-${randomBytes(24).toString('base64url')}`
const now = (): number => Math.floor(Date.now() / 1e3)

const usageOf = ({ timings }: Result): object => {
  const promptTokens = timings.cache_n + timings.prompt_n
  return {
    completion_tokens: timings.predicted_n,
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + timings.predicted_n,
    prompt_tokens_details: { cached_tokens: timings.cache_n },
  }
}

/** A chunk is the same but for its text: written once, so that a token costs one short JSON string. */
function template(chunk: object): (text: string) => string {
  const [before = '', after = ''] = event(chunk).split('"\\u0000"')
  return text => before + JSON.stringify(text) + after
}
const hole = '\u0000'

/** `chat.completion` and its chunks: role, texts, finish reason, and usage in a chunk without choices if asked for. */
export function chatFormat(model: string): AnswerFormat {
  const tail = { created: now(), id: newId(), model, system_fingerprint: fingerprint, object: 'chat.completion.chunk' }
  const chunk = (delta: object, finishReason: FinishReason | null): object => ({
    choices: [{ finish_reason: finishReason, index: 0, delta }],
    ...tail,
  })
  return {
    opening: () => event(chunk({ role: 'assistant', content: null }, null)),
    delta: template(chunk({ content: hole }, null)),
    closing: (result, includeUsage) => {
      const last = chunk({}, result.finishReason)
      const { timings } = result
      return includeUsage
        ? event(last) + event({ choices: [], ...tail, usage: usageOf(result), timings }) + done
        : event({ ...last, timings }) + done
    },
    whole: (text, result) => ({
      choices: [{ finish_reason: result.finishReason, index: 0, message: { role: 'assistant', content: text } }],
      ...tail,
      object: 'chat.completion',
      usage: usageOf(result),
      timings: result.timings,
    }),
  }
}

/** `text_completion`: every chunk alike, usage and timings on the last. */
export function textFormat(model: string): AnswerFormat {
  const tail = { created: now(), model, system_fingerprint: fingerprint, object: 'text_completion', id: newId() }
  const choice = (text: string, finishReason: FinishReason | null): object => ({
    choices: [{ text, index: 0, logprobs: null, finish_reason: finishReason }],
    ...tail,
  })
  const whole = (text: string, result: Result): object => ({
    ...choice(text, result.finishReason),
    usage: usageOf(result),
    timings: result.timings,
  })
  return {
    opening: () => '',
    delta: template(choice(hole, null)),
    closing: result => event(whole('', result)) + done,
    whole,
  }
}
