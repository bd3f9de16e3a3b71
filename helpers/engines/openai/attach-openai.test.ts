import type { IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { BadInputError, CouldNotMeasureError, EngineStartError, ModelMissingError } from '../../errors.ts'
import { answering, closedPort, type RecordedAnswer, serveAnswers } from '../answering-server.ts'
import type { ModelFile } from '../engine.ts'
import { attachOpenAi } from './index.ts'
import recorded from './openai-servers.data.json' with { type: 'json' }

type RecordedServer = Record<'models' | 'stream' | 'unknownModel', RecordedAnswer> & { model: string }

const servers: Record<string, RecordedServer> = recorded.servers
const vllm = recorded.servers['vLLM 0.32.0']
const transformers = recorded.servers['transformers serve 5.23.0']

const file = (name: string): ModelFile => ({ name, path: '', bytes: 0 })
const options = { contextTokens: 512, slots: 1 }
const failureOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => expect.unreachable('it worked'),
    error => error,
  )

/** Answers as one of the recorded servers did. */
const serve = (server: Partial<RecordedServer>, stream = server.stream) =>
  serveAnswers(answering({ '/v1/models': server.models, '/v1/chat/completions': stream }))

describe('a server of its URL', () => {
  test.for(['vLLM 0.32.0', 'llama-server b11669', 'Ollama 0.17.4'])(
    '%s: one token is asked for, then it is loaded',
    async name => {
      const recordedServer = servers[name] ?? expect.unreachable()
      const model = recordedServer.model
      await using server = await serve(recordedServer)
      await using engine = await attachOpenAi({ url: `${server.url}/v1` })
      expect(engine.identity).toMatchObject({ name: 'openai', origin: 'attached', url: server.url, version: 'unknown' })
      expect(await engine.models()).toEqual([{ name: model, status: 'unloaded' }])
      expect(await engine.residency(model)).toMatchObject({ state: 'not loaded' })
      expect((await engine.load(file(model), options)).loadMs).toBeGreaterThan(0)
      expect(await engine.models()).toEqual([{ name: model, status: 'loaded' }])
      expect(await engine.residency(model)).toMatchObject({ state: 'loaded', instance: { state: 'absent' } })
    },
  )

  test('what goes to it: the key in every request, under a path of its own', async () => {
    const seen: { path: string | undefined; headers: IncomingHttpHeaders; body: string }[] = []
    await using server = await serveAnswers(async (request, response) => {
      seen.push({ path: request.url, headers: request.headers, body: await text(request) })
      const { body } = request.method === 'GET' ? vllm.models : vllm.stream
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
    await using engine = await attachOpenAi({ url: `${server.url}/gateway/v1/`, apiKey: 'sesame' })
    await engine.load(file('tiny'), options)
    expect(new Set(seen.map(({ path }) => path))).toEqual(
      new Set(['/gateway/v1/models', '/gateway/v1/chat/completions']),
    )
    expect(new Set(seen.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer sesame']))
    expect(JSON.parse(seen.at(-1)?.body ?? '')).toEqual({
      model: 'tiny',
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: 'user', content: 'Hello' }],
      max_tokens: 1,
    })
    expect(engine.target('tiny')).toEqual({
      protocol: 'openai',
      origin: server.url,
      chatPath: '/gateway/v1/chat/completions',
      headers: { authorization: 'Bearer sesame' },
      body: { model: 'tiny', stream: true, stream_options: { include_usage: true } },
    })
    expect(JSON.stringify([engine.identity, engine.traits])).not.toContain('sesame')
  })

  test('everything else is absent, with the reason', async () => {
    await using server = await serve(vllm)
    await using engine = await attachOpenAi({ url: server.url })
    const absent = { state: 'absent', reason: expect.stringMatching(/^an OpenAI-compatible server has no route /) }
    expect(await engine.countTokens('tiny', 'text')).toEqual(absent)
    expect(await engine.queue()).toEqual({ running: absent, waiting: absent, kvCacheShare: absent })
    expect(Object.values(await engine.totals('tiny'))).toEqual([absent, absent, absent, absent])
    for (const result of [
      engine.pull('tiny', { onProgress() {} }),
      engine.resetPrefixCache('tiny'),
      engine.sleep('tiny'),
      engine.wake('tiny'),
    ])
      expect(await result).toEqual(absent)
    expect(await engine.restart()).toMatchObject({ state: 'absent' })
    await expect(engine.unload('tiny')).rejects.toThrow('has no route to unload a model')
    await expect(engine.load(file('tiny'), { ...options, keepAlive: { seconds: 5 } })).rejects.toThrow(
      'has no route to set how long an idle model stays loaded',
    )
    expect(engine.traits).toMatchObject({ modelFormat: null, catalogueName: null, fixedOutput: false })
  })

  test('its process is found by its socket', async () => {
    await using server = await serve(vllm)
    await using engine = await attachOpenAi({ url: server.url })
    expect(await engine.processRoots()).toEqual({ state: 'measured', value: [process.pid] })
  })
})

describe('a model that it does not have', () => {
  test('is not asked for where a list tells so', async () => {
    await using server = await serve(vllm)
    await using engine = await attachOpenAi({ url: server.url })
    const failure = await failureOf(engine.load(file('other'), options))
    expect(failure).toBeInstanceOf(ModelMissingError)
    expect(failure.message).toContain('has no model other. It lists: tiny.')
  })

  test('is asked for where the list is empty, which says nothing', async () => {
    const empty = { status: 200, body: { object: 'list', data: null } }
    await using unlisted = await serve({ ...vllm, models: empty })
    await using engine = await attachOpenAi({ url: unlisted.url })
    expect((await engine.load(file('tiny'), options)).loadMs).toBeGreaterThan(0)
    await using without = await serve({ models: empty, stream: vllm.unknownModel })
    await using other = await attachOpenAi({ url: without.url })
    expect(await failureOf(other.load(file('tiny'), options))).toBeInstanceOf(ModelMissingError)
  })

  test('though listed: the server says why', async () => {
    await using server = await serve(transformers, transformers.unknownModel)
    await using engine = await attachOpenAi({ url: server.url })
    const failure = await failureOf(engine.load(file('perf/tiny'), options))
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toContain('perf/tiny does not answer: POST ')
    expect(failure.message).toContain('answered 500: Internal Server Error')
    expect(await engine.residency('perf/tiny')).toMatchObject({ state: 'not loaded' })
  })
})

describe('a stream that tells too little is refused', () => {
  const load = async (body: string): Promise<Error> => {
    await using server = await serve(vllm, { status: 200, body })
    await using engine = await attachOpenAi({ url: server.url })
    return await failureOf(engine.load(file('tiny'), options))
  }
  const events = vllm.stream.body.split('\n\n')

  test('transformers serve sends no [DONE], but finish reason and usage in one event: its streams end with that', async () => {
    await using server = await serve(transformers)
    await using engine = await attachOpenAi({ url: server.url })
    await engine.load(file('perf/tiny'), options)
    expect(engine.target('perf/tiny').protocol).toBe('openai-without-done')
  })

  test('no [DONE], and no event that could stand for it', async () => {
    const failure = await load(events.filter(event => !event.includes('[DONE]')).join('\n\n'))
    expect(failure).toBeInstanceOf(CouldNotMeasureError)
    expect(failure.message).toContain('streams without [DONE] at its end, or finish reason and usage in one event,')
  })

  test('no usage, no finish reason', async () => {
    const withoutUsage = await load(events.filter(event => !event.includes('"usage"')).join('\n\n'))
    expect(withoutUsage).toBeInstanceOf(CouldNotMeasureError)
    expect(withoutUsage.message).toContain('streams without token counts (usage, asked for by')
    expect((await load(vllm.stream.body.replace('"length"', 'null'))).message).toContain('without a finish_reason:')
  })

  test('no stream at all, and an error in one', async () => {
    expect((await load('{"object":"chat.completion","choices":[]}')).message).toContain(
      'was asked for a stream and answered with: {"object":"chat.completion"',
    )
    const failed = await load('data: {"error":{"message":"out of memory"}}\n\ndata: [DONE]\n\n')
    expect(failed).toBeInstanceOf(EngineStartError)
    expect(failed.message).toContain('failed: out of memory')
  })
})

describe('what cannot be attached to', () => {
  test('nothing listens, another kind of server, a URL that is none', async () => {
    const gone = await failureOf(attachOpenAi({ url: `http://127.0.0.1:${await closedPort()}` }))
    expect(gone).toBeInstanceOf(EngineStartError)
    expect(gone.message).toMatch(/^Cannot attach to an OpenAI-compatible server at http.*: GET .* ECONNREFUSED/)
    await using page = await serveAnswers((_, response) => response.end('<html>'))
    await expect(attachOpenAi({ url: page.url })).rejects.toThrow('did not answer with a list of models')
    await expect(attachOpenAi({ url: 'ftp://host' })).rejects.toThrow(BadInputError)
  })
})
