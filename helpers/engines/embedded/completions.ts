import type { ServerResponse } from 'node:http'
import type { AnswerFormat } from './answer-format.ts'
import { sendError, sendJson } from './http-answer.ts'
import { type ModelChild, proxyErrorText } from './model-child.ts'
import type { CompletionCall } from './request-body.ts'

/**
 * Serves one completion. As with llama-server, headers are sent with the first token; a client that leaves ends the
 * generation; and where the model's process ends, what was begun ends in the bare line `proxy error: …` without [DONE].
 */
export function serveCompletion(
  child: ModelChild,
  { request, stream, includeUsage }: CompletionCall,
  format: AnswerFormat,
  response: ServerResponse,
): void {
  // The client left while the model was loaded for it.
  if (response.destroyed) return
  let text = ''
  const open = (): void => {
    if (response.headersSent) return
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' })
    response.write(format.opening())
  }
  const cancel = child.generate(request, {
    token(piece) {
      if (!stream) {
        text += piece
        return
      }
      open()
      if (piece !== '') response.write(format.delta(piece))
    },
    done(finishReason, timings) {
      const result = { finishReason, timings }
      if (!stream) {
        sendJson(response, format.whole(text, result))
        return
      }
      open()
      response.end(format.closing(result, includeUsage))
    },
    refused: error => sendError(response, error),
    lost() {
      if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'application/json; charset=utf-8' })
      response.end(proxyErrorText)
    },
  })
  response.once('close', cancel)
}
