import type { CompletionTarget } from '../engines/index.ts'
import {
  type CompletedRecord,
  type LoadRequest,
  type RequestRecord,
  runLoad,
  type StreamClient,
} from '../load/index.ts'

export interface Burst {
  target: CompletionTarget
  requests: LoadRequest[]
  concurrency: number
  client?: StreamClient
}

/** Sends all of them, so many at a time; every record, in the order in which they ended. */
export async function sendAll({ target, requests, concurrency, client }: Burst): Promise<RequestRecord[]> {
  const records: RequestRecord[] = []
  await runLoad({
    target,
    requests,
    schedule: { kind: 'closed loop', concurrency },
    batch: 0,
    onRecord: record => records.push(record),
    ...(client && { client }),
  })
  return records
}

/** A chat request of one message; its answer has exactly `outputTokens` tokens where the model does not end by itself. */
export function chat(id: string, content: string, outputTokens: number, exact: boolean): LoadRequest {
  return {
    id,
    path: '/v1/chat/completions',
    body: {
      messages: [{ role: 'user', content }],
      max_tokens: outputTokens,
      ...(exact && { ignore_eos: true }),
      temperature: 1,
    },
    expectedCompletionTokens: exact ? outputTokens : null,
  }
}

export const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`)

/** The completed ones; an error that shows the first failure when there is any. */
export function allCompleted(records: RequestRecord[]): CompletedRecord[] {
  const failure = records.find(record => record.state === 'failed')
  if (failure?.state === 'failed') throw new Error(`request ${failure.id}: ${failure.failure}: ${failure.message}`)
  return records.filter(record => record.state === 'completed')
}
