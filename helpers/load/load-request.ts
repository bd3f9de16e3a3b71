import type { CompletionTarget } from '../engines/engine.ts'

/** The two endpoints that can be loaded, in OpenAI's spelling; a target may serve them elsewhere. */
export type CompletionPath = '/v1/chat/completions' | '/v1/completions'

/** One request as a workload wants it. The target adds the model's name and what streaming needs. */
export interface LoadRequest {
  /** Unique in the run. */
  id: string
  path: CompletionPath
  body: Record<string, unknown>
  /** The output length that was asked for and must come; null where the model decides. */
  expectedCompletionTokens: number | null
}

/** A request ready to be sent: nothing is left to do but write the bytes. */
export interface PreparedRequest {
  id: string
  path: string
  payload: Buffer
  expectedCompletionTokens: number | null
}

/** Serialises a request for a target, before its time comes. The target's fields win over the request's. */
export function prepareRequest(request: LoadRequest, target: CompletionTarget): PreparedRequest {
  const body = {
    ...request.body,
    stream: true,
    stream_options: { include_usage: true },
    ...target.body,
  }
  const isChat = request.path === '/v1/chat/completions'
  return {
    id: request.id,
    path: isChat ? target.chatPath : target.chatPath.replace(/\/chat\/completions$/, '/completions'),
    payload: Buffer.from(JSON.stringify(body)),
    expectedCompletionTokens: request.expectedCompletionTokens,
  }
}
