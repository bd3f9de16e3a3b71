import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { measured } from '../../measured.ts'
import { followedQueueSource } from './followed-queue.ts'

/** A server of llama-server's metrics with so many requests running. */
async function serveQueue(running: number) {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/metrics' ? 200 : 404
    response.end(`llamacpp:requests_processing ${running}\nllamacpp:requests_deferred 0\n`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    target: { url: `http://127.0.0.1:${port}`, headers: {} },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const now = { atMs: 0, complete: true }

test('tells of nobody at first, then of whom it follows, the last one', async () => {
  await using one = await serveQueue(1)
  await using other = await serveQueue(7)
  const source = followedQueueSource(() => 0)
  await source.ready
  expect(source.sample(now).requestsRunning).toMatchObject({ state: 'absent' })
  await source.follow(one.target)
  expect(source.sample(now).requestsRunning).toEqual(measured(1))
  await source.follow(other.target)
  expect(source.sample(now).requestsRunning).toEqual(measured(7))
  await source.follow(null)
  expect(source.sample(now).requestsRunning).toMatchObject({ state: 'absent' })
  await source.stop()
})
