import { once } from 'node:events'
import { createServer } from 'node:http'
import { BadInputError } from '../errors.ts'

const HOST = '127.0.0.1'

/** What is served: Prometheus' text format. */
export interface MetricsPage {
  contentType: string
  text(): Promise<string>
}

/**
 * Serves `GET /metrics` on a port of 127.0.0.1 until it is disposed of. It keeps no process alive.
 *
 * @throws BadInputError when nobody may listen there, naming the port.
 */
export async function startMetricsServer(port: number, page: MetricsPage): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('The metrics of this run are at /metrics.\n')
      return
    }
    page.text().then(
      text => response.writeHead(200, { 'content-type': page.contentType }).end(text),
      error => response.writeHead(500, { 'content-type': 'text/plain' }).end(`${String(error)}\n`),
    )
  })
  server.listen(port, HOST).unref()
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new BadInputError(`Serving the metrics of this run: ${whyNot(cause, port)}`, { cause })
  }
  return {
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function whyNot(error: unknown, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const what = `PERF_METRICS_PORT is ${port}`
  if (code === 'EADDRINUSE') return `${what}, and another process listens on ${HOST}:${port}. Allowed: a free port.`
  if (code === 'EACCES')
    return `${what}, and this user may not listen on ${HOST}:${port}. Allowed: a port from 1024 on.`
  return `${what}, and nobody can listen on ${HOST}:${port} (${String(error)}). Allowed: a free port.`
}
