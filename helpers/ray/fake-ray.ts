import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** What a test lets the API of a dashboard answer to a request; JSON where it is no text. */
export interface FakeAnswer {
  status?: number
  body: unknown
}

/** A dashboard for what a real one does not do on demand. Routes are those of Ray, written `GET /api/version`. */
export interface FakeRay extends AsyncDisposable {
  url: string
  /** `POST /api/jobs/x/stop`, with what was sent. */
  requests: { route: string; headers: IncomingMessage['headers']; body: string }[]
}

export async function fakeRay(answer: (route: string) => FakeAnswer): Promise<FakeRay> {
  const requests: FakeRay['requests'] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const route = `${request.method} ${request.url?.split('?')[0]}`
    requests.push({ route, headers: request.headers, body: Buffer.concat(chunks).toString() })
    send(response, answer(route))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new TypeError('a TCP server without an address')
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function send(response: ServerResponse, { status = 200, body }: FakeAnswer): void {
  response.writeHead(status)
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}
