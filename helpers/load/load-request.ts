import type { CompletionTarget } from '../engines/engine.ts'
import { wireFormats } from './wire-formats.ts'

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
  protocol: CompletionTarget['protocol']
  path: string
  payload: Buffer
  expectedCompletionTokens: number | null
}

/**
 * Serialises a request for a target, before its time comes. The target's fields win over the request's.
 *
 * @throws BadInputError that names the request and a field which the target's protocol cannot carry. Of OpenAI's there is
 * none; for Ollama's see `ollamaBody`.
 */
export function prepareRequest(request: LoadRequest, target: CompletionTarget): PreparedRequest {
  const format = wireFormats[target.protocol]
  return {
    id: request.id,
    protocol: target.protocol,
    path: format.path(request.path, target),
    payload: Buffer.from(JSON.stringify(format.body(request, target))),
    expectedCompletionTokens: request.expectedCompletionTokens,
  }
}
