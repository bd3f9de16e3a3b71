import type { FailureClass, RequestRecord } from '../load/index.ts'

/** What requests added up to since the report before. Plain data. */
export interface RequestCounts {
  completed: number
  failures: Partial<Record<FailureClass, number>>
  promptTokens: number
  /** Of the prompt tokens; only where the engine tells. */
  cachedTokens: number
  completionTokens: number
  /** Of completed requests, from their sending to their end. The Batch API tells none. */
  durationsMs: number[]
  /** Of completed streams. */
  ttftsMs: number[]
}

export const noRequests = (): RequestCounts => ({
  completed: 0,
  failures: {},
  promptTokens: 0,
  cachedTokens: 0,
  completionTokens: 0,
  durationsMs: [],
  ttftsMs: [],
})

/** Adds one to `counts`. */
export function countRequest(counts: RequestCounts, record: RequestRecord): void {
  if (record.state === 'failed') {
    counts.failures[record.failure] = (counts.failures[record.failure] ?? 0) + 1
    return
  }
  counts.completed++
  counts.promptTokens += record.promptTokens
  counts.cachedTokens += record.cachedTokens ?? 0
  counts.completionTokens += record.completionTokens
  if (record.state === 'batched') return
  counts.durationsMs.push(record.endedAtMs - record.sentAtMs)
  if (record.state === 'completed') counts.ttftsMs.push(record.ttftMs)
}
