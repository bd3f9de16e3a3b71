/** How much one spec sends: the plan's numbers, or what a profile makes of them. */
export interface BatchPlan {
  batches: number
  requestsPerBatch: number
  /** Requests outstanding at once: n are sent, all are waited for, then the next n. */
  chunk: number
  promptTokens: number
  outputTokens: number
  /** Idle time before every batch but the first. */
  pauseMs: number
  /** The number of requests, or the requests themselves, are given. Otherwise a batch that is too short grows. */
  isExact: boolean
}

/** A statement about throughput needs batches of 5 s; a little more, since engines are a little faster after the warm-up. */
const SECONDS_PER_BATCH = 5.1

/**
 * Requests of every batch: the plan's number, or more whole chunks where the engine is so fast that a batch would be
 * too short for a statement about its throughput. Decided once, after the warm-up, the same for every batch.
 */
export function requestsFor(plan: BatchPlan, ratePerSecond: number): number {
  if (plan.isExact) return plan.requestsPerBatch
  const enough = Math.ceil((ratePerSecond * SECONDS_PER_BATCH) / plan.chunk) * plan.chunk
  return Math.max(plan.requestsPerBatch, enough)
}

/** Tokens of context a request needs: prompt, chat template and answer, rounded up to whole blocks of the KV cache. */
export const contextTokensFor = (plan: Pick<BatchPlan, 'promptTokens' | 'outputTokens'>): number =>
  Math.ceil((plan.promptTokens + plan.outputTokens + TEMPLATE_TOKENS) / 256) * 256

/** What a chat template may add around one message. */
const TEMPLATE_TOKENS = 64
