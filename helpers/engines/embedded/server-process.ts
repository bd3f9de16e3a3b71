/**
 * The engine's server: loopback only, llama-server's router dialect, one child process per loaded model. Started with
 * ServerProcessOptions as its only argument; sends ServerProcessMessage over IPC once it listens; ends with its parent.
 */
import { createServer } from 'node:http'
import { sendError } from './http-answer.ts'
import { ModelRegistry } from './model-registry.ts'
import { route } from './routes.ts'
import type { ServerProcessMessage, ServerProcessOptions } from './server-options.ts'
import { SteadyHeap } from './steady-heap.ts'

const { port, threads, gpu, build }: ServerProcessOptions = JSON.parse(process.argv[2] ?? '{}')
const tellParent = (message: ServerProcessMessage): void => {
  process.send?.(message)
}
const registry = new ModelRegistry(pid => tellParent({ type: 'model process', pid }))
const context = { registry, defaults: { threads, gpu }, build }

/** A request leaves some 10 KB behind: 128 of them are collected at once. */
const garbageBytes = 16 * 1024
const heap = new SteadyHeap(128 * garbageBytes)

const server = createServer((request, response) => {
  heap.enter()
  response.once('close', () => heap.leave(garbageBytes))
  route(context, request, response).catch(error => sendError(response, error))
})
// A prompt may take minutes, and a client may keep a connection for as long as a run takes.
server.requestTimeout = 0
server.headersTimeout = 0
server.keepAliveTimeout = 0

/** The parent is gone, or has what it wanted: the children see their channel close, and end as well. */
process.once('disconnect', async () => {
  await registry.close()
  process.exit(0)
})

server.once('error', (error: NodeJS.ErrnoException) => {
  const inUse = error.code === 'EADDRINUSE'
  process.stderr.write(inUse ? `port ${port} of 127.0.0.1 is in use\n` : `cannot listen: ${error.message}\n`)
  process.exit(1)
})
server.listen(port, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('a TCP server without an address')
  tellParent({ type: 'listening', port: address.port })
})
