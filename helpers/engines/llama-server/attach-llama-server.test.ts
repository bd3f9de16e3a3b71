import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BadInputError, CouldNotMeasureError, EngineStartError, ModelMissingError } from '../../errors.ts'
import { startTestEngine, type TestEngine } from '../embedded/engine-for-tests.ts'
import recorded from '../embedded/llama-server.data.json' with { type: 'json' }
import { attachLlamaServer } from './index.ts'

const model = { name: 'tiny', path: '', bytes: 1 }

describe('a router, by its URL', () => {
  let tested: TestEngine
  beforeAll(async () => {
    tested = await startTestEngine()
    await tested.engine.load(tested.model('tiny'), { contextTokens: 512, slots: 2 })
  })
  afterAll(async () => {
    await tested[Symbol.asyncDispose]()
  })

  test('is the same engine to a caller: models, residency, queue, tokens, process', async () => {
    const attached = await attachLlamaServer({ url: `${tested.engine.identity.url}/` })
    expect(attached.identity).toMatchObject({
      name: 'llama-server',
      origin: 'attached',
      url: tested.engine.identity.url,
    })
    expect(await attached.models()).toEqual([{ name: 'tiny', status: 'loaded' }])
    expect(await attached.residency('tiny')).toEqual(await tested.engine.residency('tiny'))
    expect(await attached.queue()).toMatchObject({
      running: measuredZero,
      waiting: measuredZero,
      kvCacheShare: { state: 'absent' },
    })
    expect(await attached.countTokens('tiny', 'hello world')).toEqual({ state: 'measured', value: expect.any(Number) })
    expect(await attached.processRoots()).toEqual(await tested.engine.processRoots())
    expect(attached.target('tiny')).toEqual({
      protocol: 'openai',
      origin: tested.engine.identity.url,
      chatPath: '/v1/chat/completions',
      headers: { connection: 'close' },
      body: { model: 'tiny', stream: true, stream_options: { include_usage: true } },
    })
  })

  test('is not restarted and not stopped', async () => {
    const attached = await attachLlamaServer({ url: tested.engine.identity.url })
    expect(await attached.restart()).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('not started by'),
    })
    await attached.stop()
    expect(await tested.engine.models()).toHaveLength(1)
  })

  test('loads what it has, and says what it has where it lacks a model', async () => {
    const attached = await attachLlamaServer({ url: tested.engine.identity.url })
    await attached.unload('tiny')
    expect(await tested.engine.models()).toEqual([{ name: 'tiny', status: 'unloaded' }])
    await attached.unload('tiny')
    expect((await attached.load(model, { contextTokens: 512, slots: 2 })).loadMs).toBeGreaterThan(0)
    expect(await tested.engine.models()).toEqual([{ name: 'tiny', status: 'loaded' }])
    const failure = await attached.load({ ...model, name: 'other' }, { contextTokens: 512, slots: 1 }).catch(e => e)
    expect(failure).toBeInstanceOf(ModelMissingError)
    expect(failure.message).toContain('has no model other. It has: tiny.')
    expect(await attached.residency('other')).toMatchObject({ state: 'not loaded' })
  })

  test('does not expire, and refuses to', async () => {
    const attached = await attachLlamaServer({ url: tested.engine.identity.url })
    const load = attached.load(model, { contextTokens: 512, slots: 1, keepAlive: { seconds: 5 } })
    await expect(load).rejects.toThrow('tiny cannot expire: how long a llama-server keeps an idle model is set when')
  })

  test('with less context than the workload needs is an error that says what to do', async () => {
    const attached = await attachLlamaServer({ url: tested.engine.identity.url })
    const failure = await attached.load(model, { contextTokens: 4096, slots: 1 }).catch(e => e)
    expect(failure).toBeInstanceOf(CouldNotMeasureError)
    expect(failure.message).toMatch(
      /512 tokens of context; this workload needs 4096\. Start llama-server with a larger -c/,
    )
  })
})

describe('a server with a single model', () => {
  const single: Record<string, unknown> = {
    '/props': recorded.props.body,
    '/v1/models': { object: 'list', data: [{ id: 'tiny.gguf' }] },
    '/health': { status: 'ok' },
    '/metrics': recorded.metrics,
    '/tokenize': recorded.tokenize.body,
  }

  test('is resident as long as its process lives, under any name', async () => {
    await using server = await serve(answering(single))
    const attached = await attachLlamaServer({ url: server.url })
    expect(attached.identity).toMatchObject({
      version: recorded.props.body.build_info,
      // The server is this very process.
      arguments: process.execArgv.length > 0 ? expect.arrayContaining([process.execArgv[0]]) : expect.any(Array),
    })
    expect(await attached.models()).toEqual([{ name: 'tiny.gguf', status: 'loaded' }])
    expect((await attached.load(model, { contextTokens: 512, slots: 1 })).loadMs).toBeGreaterThan(0)
    expect(await attached.residency('any')).toMatchObject({
      state: 'loaded',
      instance: { state: 'measured', value: expect.stringMatching(`^${process.pid}:\\d+$`) },
      generatedTokens: { state: 'measured', value: 17 },
    })
    expect(await attached.countTokens('any', 'hello world')).toEqual({ state: 'measured', value: 16 })
    expect(await attached.queue()).toMatchObject({
      running: measuredZero,
      waiting: measuredZero,
      kvCacheShare: { state: 'absent' },
    })
    await expect(attached.unload('any')).rejects.toThrow('serves a single model for as long as it runs')
  })

  test('without /metrics: absent, with the way to switch it on', async () => {
    await using server = await serve(answering({ ...single, '/metrics': undefined }))
    const attached = await attachLlamaServer({ url: server.url })
    const { running } = await attached.queue()
    expect(running).toMatchObject({ state: 'absent', reason: expect.stringContaining('started with --metrics') })
    const residency = await attached.residency('tiny')
    expect(residency).toMatchObject({ state: 'loaded', generatedTokens: { state: 'absent' } })
  })

  test('the API key goes into every request and into no message', async () => {
    const seen = new Set<string | undefined>()
    const answer = answering({ '/props': recorded.props.body })
    await using server = await serve((request, response) => {
      seen.add(request.headers.authorization)
      answer(request, response)
    })
    const attached = await attachLlamaServer({ url: server.url, apiKey: 'secret' })
    const failure = await attached.models().catch(e => e)
    expect([...seen]).toEqual(['Bearer secret'])
    expect(attached.target('tiny').headers).toMatchObject({ authorization: 'Bearer secret' })
    expect(failure.message).toMatch(/^GET http.*\/v1\/models answered 404: File Not Found$/)
    expect(JSON.stringify([failure.message, failure.stack, attached.identity])).not.toContain('secret')
  })
})

describe('what cannot be attached to', () => {
  test('nothing listens', async () => {
    const { url } = await (async () => {
      await using server = await serve(() => {})
      return { url: server.url }
    })()
    const failure = await attachLlamaServer({ url }).catch(e => e)
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toMatch(
      /^Cannot attach to llama-server at http.*: GET .*\/props got no answer: .*ECONNREFUSED/,
    )
  })

  test('another kind of server', async () => {
    await using server = await serve((_, response) => response.end('<html>'))
    await expect(attachLlamaServer({ url: server.url })).rejects.toThrow('did not answer as llama-server does')
  })

  test('a URL that is none', async () => {
    await expect(attachLlamaServer({ url: 'localhost:8080/x y' })).rejects.toThrow(BadInputError)
    await expect(attachLlamaServer({ url: 'ftp://host' })).rejects.toThrow('PERF_ENGINE_URL')
  })
})

const measuredZero = { state: 'measured', value: 0 }

/** Answers by path; 404 as llama-server for anything else. */
function answering(answers: Record<string, unknown>): RequestListener {
  return (request, response) => {
    const answer = answers[request.url ?? '']
    request.resume()
    response.statusCode = answer === undefined ? 404 : 200
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? recorded.errors.unknownRoute.body))
  }
}

async function serve(listener: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no address')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
