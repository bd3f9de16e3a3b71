import type { LoadRequest } from './load-request.ts'

/** A request for tests: a two-word prompt and a fixed output length. */
export function requestOf(id: string, { tokens = 8 }: { tokens?: number } = {}): LoadRequest {
  return {
    id,
    path: '/v1/chat/completions',
    body: { messages: [{ role: 'user', content: 'hello world' }], max_tokens: tokens, ignore_eos: true },
    expectedCompletionTokens: tokens,
  }
}

export const requestsOf = (count: number, options: { tokens?: number } = {}): LoadRequest[] =>
  Array.from({ length: count }, (_, i) => requestOf(`r${i}`, options))

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
