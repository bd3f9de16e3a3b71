import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A proxy that makes its engine slower by a factor, in a process of its own: what arrives t ms after the request is
 * passed on after factor × t ms. Arguments: the engine's origin and the factor. Sends its port to its parent.
 */
const [origin = '', factorText = '1'] = process.argv.slice(2)
const factor = Number(factorText)

const server = createServer((incoming, outgoing) => {
  const beganMs = performance.now()
  const { method, headers, url } = incoming
  const upstream = httpRequest(new URL(url ?? '/', origin), { method, headers }, answer => {
    void passOn(answer, outgoing, beganMs)
  })
  upstream.on('error', () => outgoing.destroy())
  outgoing.on('close', () => upstream.destroy())
  incoming.pipe(upstream)
})

async function passOn(answer: IncomingMessage, outgoing: ServerResponse, beganMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let lastDueMs = 0
  const later = (run: () => void) => {
    const elapsedMs = performance.now() - beganMs
    lastDueMs = Math.max(lastDueMs, elapsedMs * factor)
    setTimeout(run, lastDueMs - elapsedMs)
  }
  later(() => outgoing.writeHead(answer.statusCode ?? 502, answer.headers))
  answer.on('data', (data: Buffer) => later(() => outgoing.write(data)))
  answer.on('end', () => later(() => outgoing.end(resolve)))
  answer.on('error', () => outgoing.destroy())
  await promise
}

process.once('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
