import { z } from 'zod'
import type { BatchedRecord, FailedRecord, FailureClass } from '../load/index.ts'
import type { BatchSighting } from './batch-sighting.ts'
import type { Outcome } from './result-line.ts'

/** One request of a batch, as it was submitted. */
export interface Submitted {
  customId: string
  expectedCompletionTokens: number | null
}

/** What all records of a batch have in common. */
export interface BatchStamp {
  batch: number
  /** The chunk that it would belong to if it were sent directly: a resumed run finds whole chunks by it. */
  chunk: number
  sentAtMs: number
  endedAtMs: number
}

const count = z.int().nonnegative()

const answerSchema = z.object({
  choices: z.tuple([z.object({ finish_reason: z.string() })], z.unknown()),
  usage: z.object({
    prompt_tokens: count,
    completion_tokens: count,
    prompt_tokens_details: z.object({ cached_tokens: count.nullish() }).nullish(),
  }),
  timings: z.object({ cache_n: count.nullish() }).nullish(),
})

/** Makes the record of one request from its result; a success is an answer with a finish reason and usage. */
export function recordOf(
  { customId, expectedCompletionTokens }: Submitted,
  outcome: Outcome | undefined,
  stamp: BatchStamp,
  end: BatchSighting,
): BatchedRecord | FailedRecord {
  const base = { id: customId, scheduledAtMs: stamp.sentAtMs, ...stamp }
  const failed = (failure: FailureClass, message: string, httpStatus: number | null): FailedRecord => ({
    ...base,
    state: 'failed',
    failure,
    message,
    httpStatus,
    tokensSeen: 0,
  })
  if (outcome === undefined) return failed('unaccounted', `no result for this custom_id: ${endingOf(end)}`, null)
  if (outcome.state === 'refused')
    return failed(outcome.status === null ? 'error-record' : 'http-status', outcome.message, outcome.status)
  if (typeof outcome.body !== 'object' || outcome.body === null)
    return failed('malformed-event', `the body is no JSON object: ${String(outcome.body).slice(0, 200)}`, 200)
  const answer = answerSchema.safeParse(outcome.body)
  if (!answer.success) {
    const [issue] = answer.error.issues
    return failed('incomplete-stream', `the answer lacks ${issue?.path.join('.')}: ${issue?.message}`, 200)
  }
  const { choices, usage, timings } = answer.data
  if (expectedCompletionTokens !== null && usage.completion_tokens !== expectedCompletionTokens)
    return failed(
      'wrong-length',
      `${expectedCompletionTokens} tokens were asked for, usage says ${usage.completion_tokens}`,
      200,
    )
  return {
    ...base,
    state: 'batched',
    finishReason: choices[0].finish_reason,
    promptTokens: usage.prompt_tokens,
    completionTokens: usage.completion_tokens,
    cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? timings?.cache_n ?? null,
  }
}

/** `batch_7 has expired`, with the server's own reasons. */
function endingOf({ id, status, errors }: BatchSighting): string {
  const reasons = errors.length > 0 ? ` (${errors.slice(0, 3).join('; ')})` : ''
  return `${id} ended as ${status}${reasons}`
}
