import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import selfSigned from './self-signed.data.json' with { type: 'json' }

export interface AnsweringServer extends AsyncDisposable {
  /** http://127.0.0.1:port, or https. */
  url: string
  port: number
}

/** An HTTP server for tests, on a free loopback port; with `tls` one whose certificate nobody trusts. */
export async function serveAnswers(listener: RequestListener, { tls = false } = {}): Promise<AnsweringServer> {
  const server = tls
    ? createTlsServer({ cert: selfSigned.certificate, key: selfSigned.privateKey }, listener)
    : createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no address')
  return {
    port: address.port,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** A recorded answer: JSON, or text. */
export interface RecordedAnswer {
  status: number
  body: unknown
}

/** Answers by path as recorded, 404 to anything else; `seen` gathers what was asked, as `GET /path`. */
export function answering(answers: Record<string, RecordedAnswer | undefined>, seen: string[] = []): RequestListener {
  return (request, response) => {
    seen.push(`${request.method} ${request.url}`)
    const { status, body } = answers[request.url ?? ''] ?? { status: 404, body: 'Not Found' }
    request.resume()
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

/** A loopback port on which nothing listens. */
export async function closedPort(): Promise<number> {
  await using server = await serveAnswers(() => {})
  return server.port
}
