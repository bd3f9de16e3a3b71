import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { absent, measured } from '../../measured.ts'
import { type QueueSource, queueSource } from './queue.ts'

let close: (() => Promise<void>) | undefined
afterEach(async () => {
  await close?.()
  close = undefined
})

/** Asks a server that answers these paths, and everything else with 404. */
async function ask(pages: Record<string, string>): Promise<{ source: QueueSource; seen: Set<string | undefined> }> {
  const seen = new Set<string | undefined>()
  const server = createServer((request, response) => {
    seen.add(request.headers.authorization)
    const page = pages[request.url ?? '']
    response.writeHead(page === undefined ? 404 : 200).end(page)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const headers = { authorization: 'Bearer key' }
  const source = queueSource({ url: `http://127.0.0.1:${port}`, headers }, () => 0)
  close = async () => {
    await source.stop()
    server.close()
    server.closeAllConnections()
  }
  await source.ready
  return { source, seen }
}

const now = { atMs: 0, complete: true }

describe('queue', () => {
  test('llama-server: its gauges, and the models that say they are loaded', async () => {
    const { source, seen } = await ask({
      '/metrics':
        '# HELP llamacpp:requests_processing Number of requests processing.\n# TYPE llamacpp:requests_processing gauge\nllamacpp:requests_processing 3\nllamacpp:requests_deferred 0\n',
      '/models': JSON.stringify({
        data: [
          { id: 'a', status: { value: 'loaded' } },
          { id: 'b', status: { value: 'unloaded' } },
        ],
      }),
    })
    expect(source.sample(now)).toEqual({
      requestsRunning: measured(3),
      requestsWaiting: measured(0),
      modelsLoaded: measured(1),
    })
    expect(seen).toEqual(new Set(['Bearer key']))
    expect(source.sample({ atMs: 0, complete: false })).toEqual({})
  })

  test('vLLM: one gauge an engine; all models of its list are served', async () => {
    const { source } = await ask({
      '/metrics':
        'vllm:num_requests_running{engine="0",model_name="m"} 2.0\nvllm:num_requests_running{engine="1",model_name="m"} 5.0\nvllm:num_requests_waiting{engine="0"} 1.0\nvllm:num_requests_waiting_by_reason{reason="capacity"} 70\n',
      '/v1/models': JSON.stringify({ data: [{ id: 'm' }] }),
    })
    expect(source.sample(now)).toEqual({
      requestsRunning: measured(7),
      requestsWaiting: measured(1),
      modelsLoaded: measured(1),
    })
  })

  test('without metrics the busy slots, and no word about who waits', async () => {
    const { source } = await ask({ '/slots': '[{"id":0,"is_processing":true},{"id":1,"is_processing":false}]' })
    expect(source.sample(now)).toEqual({
      requestsRunning: measured(1),
      requestsWaiting: absent('/slots does not tell how many requests wait'),
      modelsLoaded: absent('/v1/models answers with HTTP status 404'),
    })
  })

  test('a page without these gauges, and no page at all', async () => {
    const { source } = await ask({ '/metrics': 'other:things 3\n' })
    expect(source.sample(now).requestsRunning).toMatchObject({ state: 'absent', reason: /has none of llamacpp/ })
    await close?.()
    close = undefined
    const { source: silent } = await ask({})
    expect(silent.sample(now).requestsRunning).toEqual(absent('/metrics answers with HTTP status 404'))
    expect(silent.sample({ atMs: 4000, complete: true }).requestsRunning).toEqual(
      absent('the engine has not answered for 4000 ms'),
    )
  })

  test('nobody to ask', () => {
    const reason = 'no address of engine metrics was given'
    expect(queueSource(null, () => 0).sample(now)).toEqual({
      requestsRunning: absent(reason),
      requestsWaiting: absent(reason),
      modelsLoaded: absent(reason),
    })
  })
})
