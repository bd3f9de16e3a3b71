import { describe, expect, test } from 'vitest'
import { BadInputError, CouldNotMeasureError, EngineStartError, ModelMissingError } from '../../errors.ts'
import { absent, measured } from '../../measured.ts'
import { type AnsweringServer, closedPort, type RecordedAnswer, serveAnswers } from '../answering-server.ts'
import type { Engine } from '../engine.ts'
import { attachVllm } from './index.ts'
import recorded from './vllm-0.32.0.data.json' with { type: 'json' }

type Answers = Record<string, RecordedAnswer | undefined>

const text = (body: string): RecordedAnswer => ({ status: 200, body })

/** What every vLLM answers. */
const plain: Answers = {
  'GET /version': recorded.version,
  'GET /health': recorded.health,
  'GET /v1/models': recorded.models,
  'GET /metrics': text(recorded.metrics),
  'POST /tokenize': recorded.tokenize,
}

/** What one in development mode answers too. */
const development: Answers = {
  ...plain,
  'GET /server_info?config_format=json': recorded.serverInfo,
  'GET /is_sleeping': recorded.awake,
  'POST /reset_prefix_cache': recorded.resetPrefixCache,
  'POST /sleep?level=1&mode=wait': recorded.sleep,
  'POST /wake_up': recorded.wake,
}

interface Replay extends AnsweringServer {
  engine: Engine
  /** Of the requests since it was attached to. */
  seen: { question: string; body: string; key: string | undefined }[]
}

/** A recorded vLLM, attached to. */
async function replay(answers: Answers): Promise<Replay> {
  const seen: Replay['seen'] = []
  const server = await serveAnswers(async (request, response) => {
    const question = `${request.method} ${request.url}`
    const body = Buffer.concat(await request.toArray()).toString()
    seen.push({ question, body, key: request.headers.authorization })
    const answer = answers[question] ?? recorded.errors.unknownRoute
    response.writeHead(answer.status)
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
  })
  const engine = await attachVllm({ url: `${server.url}/`, pid: process.pid })
  seen.length = 0
  return Object.assign(server, { engine, seen })
}

const model = { name: 'tiny', path: '', bytes: 0 }
const failureOf = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => expect.unreachable('it was to fail'),
    error => error,
  )

describe('who it is', () => {
  test('version, URL and traits, without a caution', async () => {
    await using server = await replay(plain)
    const { identity, traits } = server.engine
    expect(identity).toMatchObject({
      name: 'vllm',
      version: '0.32.0',
      origin: 'attached',
      url: server.url,
      cautions: [],
    })
    expect(traits).toMatchObject({
      modelFormat: null,
      catalogueName: 'huggingFace',
      fixedOutput: true,
      seeded: false,
      neverExpires: expect.any(String),
      gpuMemoryIsFixed: expect.stringContaining('--gpu-memory-utilization'),
      hostMemoryGrowsByDesign: expect.stringContaining('ONEDNN_PRIMITIVE_CACHE_CAPACITY'),
    })
  })

  test('another version is a caution, and goes on', async () => {
    await using server = await replay({ ...plain, 'GET /version': text('{"version":"0.19.1"}') })
    expect(server.engine.identity.cautions).toEqual([expect.stringContaining('vLLM 0.19.1 is not the version')])
  })

  test('streams chat completions with usage', async () => {
    await using server = await replay(plain)
    expect(server.engine.target('tiny')).toEqual({
      protocol: 'openai',
      origin: server.url,
      chatPath: '/v1/chat/completions',
      headers: {},
      body: { model: 'tiny', stream: true, stream_options: { include_usage: true } },
    })
  })

  test('is not restarted and not stopped', async () => {
    await using server = await replay(plain)
    expect(await server.engine.restart()).toMatchObject({ state: 'absent' })
    await server.engine.stop()
    expect(await server.engine.models()).toEqual([{ name: 'tiny', status: 'loaded' }])
  })
})

describe('its model', () => {
  test('is loaded as long as it runs', async () => {
    await using server = await replay(plain)
    const { engine } = server
    expect((await engine.load(model, { contextTokens: 4096, slots: 8 })).loadMs).toBeGreaterThan(0)
    expect(await engine.residency('tiny')).toEqual({
      state: 'loaded',
      instance: measured(expect.stringMatching(new RegExp(`^${process.pid}:\\d+, started 1795240677\\.63$`))),
      generatedTokens: measured(861),
      loads: absent(expect.any(String)),
    })
    await expect(engine.unload('tiny')).rejects.toThrow('serves one model for as long as it runs')
  })

  test('that it does not serve is named with what it serves', async () => {
    await using server = await replay(plain)
    const failure = await failureOf(server.engine.load({ ...model, name: 'other' }, { contextTokens: 1, slots: 1 }))
    expect(failure).toBeInstanceOf(ModelMissingError)
    expect(failure.message).toContain('does not serve other. It serves: tiny.')
    expect(await server.engine.residency('other')).toEqual({
      state: 'not loaded',
      detail: expect.stringContaining('serves tiny'),
    })
  })

  test('with less context than the workload needs: what to start it with', async () => {
    await using server = await replay(plain)
    const failure = await failureOf(server.engine.load(model, { contextTokens: 4097, slots: 1 }))
    expect(failure).toBeInstanceOf(CouldNotMeasureError)
    expect(failure.message).toMatch(/4096 tokens of context; this workload needs 4097\. .*--max-model-len 4097/)
  })

  test('never expires', async () => {
    await using server = await replay(plain)
    const failure = await failureOf(
      server.engine.load(model, { contextTokens: 1, slots: 1, keepAlive: { seconds: 1 } }),
    )
    expect(failure.message).toBe('tiny cannot expire: vLLM keeps its model for as long as it runs.')
  })

  test('of an engine whose core has died cannot be loaded', async () => {
    await using server = await replay({ ...plain, 'GET /health': recorded.engineCoreKilled.health })
    const failure = await failureOf(server.engine.load(model, { contextTokens: 1, slots: 1 }))
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toContain('answered 503')
    expect(failure.message).toContain('The engine core behind it has died')
  })

  test('is not in memory while the engine sleeps', async () => {
    const asleep = recorded.metrics.replace('sleep_state="awake"} 1.0', 'sleep_state="awake"} 0.0')
    await using server = await replay({ ...plain, 'GET /metrics': text(asleep) })
    expect(await server.engine.residency('tiny')).toEqual({ state: 'not loaded', detail: 'tiny is asleep' })
  })

  test('has its tokens counted, without special ones', async () => {
    await using server = await replay(plain)
    expect(await server.engine.countTokens('tiny', 'hello world')).toEqual(measured(6))
    expect(server.seen.map(({ body }) => JSON.parse(body))).toEqual([
      { model: 'tiny', prompt: 'hello world', add_special_tokens: false },
    ])
  })

  test('has none counted: under another name an error, without the route absent', async () => {
    await using server = await replay({ ...plain, 'POST /tokenize': recorded.errors.unknownModelToTokenize })
    await expect(server.engine.countTokens('other', 'a')).rejects.toThrow('The model `other` does not exist')
    await using without = await replay({ ...plain, 'POST /tokenize': undefined })
    expect(await without.engine.countTokens('tiny', 'a')).toMatchObject({ state: 'absent' })
  })
})

describe('/metrics', () => {
  test('the queue, and the share of the KV cache', async () => {
    await using server = await replay({ ...plain, 'GET /metrics': text(recorded.metricsUnderLoad) })
    expect(await server.engine.queue()).toEqual({
      running: measured(1),
      waiting: measured(0),
      kvCacheShare: measured(expect.closeTo(1 / 4095, 6)),
    })
  })

  test('the ledger: requests over every way to end, prompts with what came from the cache', async () => {
    await using server = await replay(plain)
    expect(await server.engine.totals('tiny')).toEqual({
      requests: measured(68),
      promptTokens: measured(241_188),
      generatedTokens: measured(861),
      cachedTokens: measured(512),
    })
  })

  test('of a data-parallel server: counters and queues are sums, the share is a mean', async () => {
    const two = ['running', 'waiting'].flatMap(name =>
      [0, 1].map(i => `vllm:num_requests_${name}{engine="${i}"} ${i + 1}`),
    )
    const share = [
      'vllm:kv_cache_usage_perc{engine="0",model_name="a { b } 1"} 0.2',
      'vllm:kv_cache_usage_perc{engine="1"} 0.4',
    ]
    await using server = await replay({ ...plain, 'GET /metrics': text([...two, ...share].join('\n')) })
    const { running, waiting, kvCacheShare } = await server.engine.queue()
    expect([running, waiting]).toEqual([measured(3), measured(3)])
    expect(kvCacheShare).toEqual(measured(expect.closeTo(0.3)))
  })

  test('that is missing makes every number absent, and the process is still seen', async () => {
    await using server = await replay({ ...plain, 'GET /metrics': undefined })
    const { engine } = server
    const numbers = [...Object.values(await engine.queue()), ...Object.values(await engine.totals('tiny'))]
    for (const number of numbers) {
      expect(number).toEqual(absent(expect.stringMatching(/GET .*\/metrics answered 404/)))
    }
    expect(await engine.residency('tiny')).toMatchObject({
      state: 'loaded',
      instance: measured(expect.stringMatching(/^\d+:\d+$/)),
      generatedTokens: { state: 'absent' },
    })
  })

  test('without one of the names: that one is absent', async () => {
    const page = recorded.metrics.replaceAll('vllm:prompt_tokens_cached_total', 'vllm:other')
    await using server = await replay({ ...plain, 'GET /metrics': text(page) })
    expect(await server.engine.totals('tiny')).toMatchObject({
      promptTokens: measured(241_188),
      cachedTokens: absent('/metrics has no vllm:prompt_tokens_cached_total'),
    })
  })
})

describe('development mode', () => {
  test('resets the prefix cache', async () => {
    await using server = await replay(development)
    expect(await server.engine.resetPrefixCache('tiny')).toEqual(measured(undefined))
    expect(server.seen.map(({ question }) => question)).toEqual(['POST /reset_prefix_cache'])
  })

  test('does not call a cache reset that was not', async () => {
    await using server = await replay({ ...development, 'POST /reset_prefix_cache': text('{"success":false}') })
    await expect(server.engine.resetPrefixCache('tiny')).rejects.toThrow('blocks are in use')
  })

  test('sends to sleep an engine that was started for it, and wakes it', async () => {
    const info = { status: 200, body: { vllm_config: { model_config: { enable_sleep_mode: true } } } }
    await using server = await replay({ ...development, 'GET /server_info?config_format=json': info })
    expect(await server.engine.sleep('tiny')).toEqual(measured(undefined))
    expect(server.seen.at(-1)?.question).toBe('POST /sleep?level=1&mode=wait')
    expect(await server.engine.wake('tiny')).toEqual(measured(undefined))
    expect(server.seen.at(-1)?.question).toBe('GET /is_sleeping')
  })

  test('one that would only pretend to sleep is not asked to', async () => {
    await using server = await replay(development)
    expect(await server.engine.sleep('tiny')).toEqual(absent(expect.stringContaining('--enable-sleep-mode')))
    expect(server.seen.map(({ question }) => question)).toEqual(['GET /server_info?config_format=json'])
  })

  test('that is off: absent, with the way to switch it on', async () => {
    await using server = await replay(plain)
    const { engine } = server
    for (const answer of [engine.resetPrefixCache('tiny'), engine.sleep('tiny'), engine.wake('tiny')]) {
      expect(await answer).toEqual(absent(expect.stringContaining('VLLM_SERVER_DEV_MODE=1')))
    }
  })
})

describe('what cannot be attached to', () => {
  test('nothing listens', async () => {
    const failure = await failureOf(attachVllm({ url: `http://127.0.0.1:${await closedPort()}` }))
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toMatch(/^Cannot attach to vLLM at http.*: GET .*\/version got no answer: .*ECONNREFUSED/)
  })

  test('a wrong key, which no message holds', async () => {
    const refused: Answers = { ...plain, 'GET /v1/models': recorded.errors.wrongKey }
    const keys = new Set<string | undefined>()
    await using server = await serveAnswers((request, response) => {
      keys.add(request.headers.authorization)
      const answer = refused[`${request.method} ${request.url}`] ?? recorded.errors.unknownRoute
      response.writeHead(answer.status).end(JSON.stringify(answer.body))
    })
    const failure = await failureOf(attachVllm({ url: server.url, apiKey: 'secret-key' }))
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toMatch(/\/v1\/models answered 401: Unauthorized/)
    expect([...keys]).toEqual(['Bearer secret-key'])
    expect(`${failure.message}${failure.stack}`).not.toContain('secret-key')
  })

  test('another kind of server', async () => {
    await using server = await serveAnswers((_, response) => response.end('<html>'))
    await expect(attachVllm({ url: server.url })).rejects.toThrow('did not answer as vLLM does')
  })

  test('a URL that is none', async () => {
    await expect(attachVllm({ url: 'ftp://host' })).rejects.toThrow(BadInputError)
  })
})
