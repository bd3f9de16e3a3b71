import type { ServerResponse } from 'node:http'
import { HttpError, serverError } from './http-error.ts'

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}

/** Anything but an HttpError is a fault of this server, and is logged as one. */
export function sendError(response: ServerResponse, error: unknown): void {
  if (!(error instanceof HttpError)) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  const { detail } = error instanceof HttpError ? error : serverError(String(error))
  if (response.headersSent) response.end(`data: ${JSON.stringify({ error: detail })}\n\n`)
  else sendJson(response, { error: detail }, detail.code)
}
