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

interface Asked {
  source: QueueSource
  /** Keys that came. */
  seen: Set<string | undefined>
  /** Method and path of every question. */
  questions: string[]
}

/** Asks a server that answers these paths, and everything else with `otherwise`. */
async function ask(pages: Record<string, string>, otherwise = 404): Promise<Asked> {
  const seen = new Set<string | undefined>()
  const questions: string[] = []
  const server = createServer((request, response) => {
    seen.add(request.headers.authorization)
    questions.push(`${request.method} ${request.url}`)
    const page = pages[request.url ?? '']
    response.writeHead(page === undefined ? otherwise : 200).end(page)
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
  return { source, seen, questions }
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
      '/v1/models': JSON.stringify({ data: [{ id: 'm', owned_by: 'vllm' }] }),
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

  test('a page without these gauges', async () => {
    const { source } = await ask({ '/metrics': 'other:things 3\n' })
    expect(source.sample(now).requestsRunning).toMatchObject({ state: 'absent', reason: /has none of llamacpp/ })
  })

  test('a router: the pages of its loaded models, without loading one', async () => {
    const gauge = (value: number) => `llamacpp:requests_processing ${value}\nllamacpp:requests_deferred 1\n`
    const { source, questions } = await ask({
      '/models': JSON.stringify({
        data: ['a', 'b', 'c'].map((id, i) => ({
          id,
          owned_by: 'llamacpp',
          status: { value: i < 2 ? 'loaded' : 'unloaded' },
        })),
      }),
      '/metrics?model=a&autoload=false': gauge(1),
      '/metrics?model=b&autoload=false': gauge(2),
    })
    expect(source.sample(now)).toEqual({
      requestsRunning: measured(3),
      requestsWaiting: measured(2),
      modelsLoaded: measured(2),
    })
    expect(questions.filter(question => question.includes('model=c'))).toEqual([])
  })

  // /api/ps as Ollama 0.17.4 answered it; its list of models is that of its store.
  test('Ollama: what is in memory, by looking alone; it has no metrics', async () => {
    const { source, questions } = await ask({
      '/api/ps':
        '{"models":[{"name":"tiny:latest","model":"tiny:latest","size":18792448,"digest":"ee65b3c4","details":{"format":"gguf","family":"llama"},"expires_at":"2026-11-21T06:43:51.88521783Z","size_vram":0,"context_length":4096}]}',
      '/v1/models':
        '{"object":"list","data":[{"id":"tiny:latest","owned_by":"library"},{"id":"b","owned_by":"library"}]}',
    })
    expect(source.sample(now)).toEqual({
      requestsRunning: absent('Ollama has no page of metrics'),
      requestsWaiting: absent('Ollama has no page of metrics'),
      modelsLoaded: measured(1),
    })
    expect(new Set(questions)).toEqual(new Set(['GET /api/ps']))
  })

  test('any other server: absent, and not asked again', async () => {
    const { source, questions } = await ask({ '/v1/models': '{"object":"list","data":[{"id":"m","owned_by":"me"}]}' })
    const reason = absent('/metrics answers with HTTP status 404')
    expect(source.sample(now)).toEqual({ requestsRunning: reason, requestsWaiting: reason, modelsLoaded: reason })
    // Said once, and at the edges of windows: it does not grow old, since nobody asks again.
    expect(source.sample({ atMs: 60_000, complete: false })).toEqual({})
    expect(source.sample({ atMs: 60_000, complete: true }).modelsLoaded).toEqual(reason)
    expect(new Set(questions).size).toBe(questions.length)
  })

  test('a list of models that need not be loaded, beside metrics', async () => {
    const { source } = await ask({
      '/metrics': 'other:things 3\n',
      '/v1/models': '{"object":"list","data":[{"id":"m","owned_by":"me"}]}',
    })
    expect(source.sample(now).modelsLoaded).toEqual(
      absent('/v1/models lists what can be asked for, which may not be loaded'),
    )
  })

  test('a server that is not ready is asked again, and its silence is told', async () => {
    const { source } = await ask({}, 503)
    expect(source.sample(now).requestsRunning).toEqual(absent('/metrics answers with HTTP status 503'))
    expect(source.sample({ atMs: 4000, complete: true }).requestsRunning).toEqual(
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
