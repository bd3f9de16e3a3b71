import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { prometheusValues } from '../prometheus.ts'
import { call, startTestEngine, stream, type TestEngine } from './engine-for-tests.ts'
import recorded from './llama-server.data.json' with { type: 'json' }

let tested: TestEngine

beforeAll(async () => {
  tested = await startTestEngine()
  await tested.engine.load(tested.model('tiny'), { contextTokens: 512, slots: 2 })
})
afterAll(async () => {
  await tested[Symbol.asyncDispose]()
})

const post = (path: string, body: object | string) => call(tested.engine, path, body)
const get = (path: string) => call(tested.engine, path)
const messages = [{ role: 'user', content: 'hello world' }]
const three = { model: 'tiny', max_tokens: 3, ignore_eos: true, temperature: 1, seed: 1 }

describe("answers have llama-server's form", () => {
  test('a streamed chat with usage: role, three texts, finish, usage without choices, [DONE]', async () => {
    const options = { ...three, messages, stream_options: { include_usage: true } }
    const answer = await stream(tested.engine, '/v1/chat/completions', options)
    expect(shape(answer)).toEqual(shape(recorded.chatStreamWithUsage))
  })

  test('a streamed chat without usage has timings on the finish chunk', async () => {
    const answer = await stream(tested.engine, '/v1/chat/completions', { ...three, messages, max_tokens: 1 })
    expect(shape(answer)).toEqual(shape(recorded.chatStream))
  })

  test('a chat', async () => {
    const { status, json } = await post('/v1/chat/completions', { ...three, messages })
    expect(shape({ status, body: json })).toEqual(shape(recorded.chat))
  })

  test('a streamed completion has usage and timings on the finish chunk', async () => {
    const answer = await stream(tested.engine, '/v1/completions', { ...three, prompt: 'hello world' })
    expect(shape(answer)).toEqual(shape(recorded.completionStream))
  })

  test('a completion of tokens', async () => {
    const { status, json } = await post('/v1/completions', { ...three, prompt: [300, 301, 302, 303] })
    expect(shape({ status, body: json })).toEqual(shape(recorded.completion))
    expect(json).toMatchObject({ usage: { prompt_tokens: 4, completion_tokens: 3 } })
  })

  test('tokens and text', async () => {
    const tokenized = await post('/tokenize', { model: 'tiny', content: 'hello world' })
    expect(tokenized).toMatchObject({ status: 200, json: { tokens: expect.arrayContaining([expect.any(Number)]) } })
    const { tokens } = tokenized.json as { tokens: number[] }
    const detokenized = await post('/detokenize', { model: 'tiny', tokens })
    expect(shape({ status: 200, body: detokenized.json })).toEqual(shape(recorded.detokenize))
    expect(detokenized.json).toEqual({ content: 'hello world' })
    const pieces = await post('/tokenize', { model: 'tiny', content: 'hello world', with_pieces: true })
    const withPieces = (pieces.json as { tokens: { id: number; piece: string }[] }).tokens
    expect(withPieces.map(({ id }) => id)).toEqual(tokens)
    expect(withPieces.map(({ piece }) => piece).join('')).toBe('hello world')
  })

  test("the chat template is the model's own", async () => {
    const { json } = await post('/apply-template', { model: 'tiny', messages })
    expect(shape({ status: 200, body: json })).toEqual(shape(recorded.applyTemplate))
    expect(json).toMatchObject({ prompt: expect.stringContaining('hello world') })
  })

  test('slots, and the properties that the suite reads', async () => {
    expect(shape((await get('/slots?model=tiny')).json)).toEqual(shape(recorded.slots.body))
    expect(Object.keys((await get('/props?model=tiny')).json as object)).toEqual(
      expect.arrayContaining(Object.keys(recorded.props.body)),
    )
    expect((await get('/props')).json).toMatchObject({ role: recorded.routerProps.body.role })
  })

  test('metrics: every name is one of llama-server', async () => {
    const { text, contentType } = await get('/metrics?model=tiny')
    expect(contentType).toBe('text/plain; version=0.0.4')
    const names = [...prometheusValues(recorded.metrics).keys()]
    const ours = [...prometheusValues(text).keys()]
    expect(names).toEqual(expect.arrayContaining(ours))
    expect(names.filter(name => !ours.includes(name) && !name.includes('spec_decode'))).toEqual([])
  })

  test('health and both lists of models', async () => {
    expect((await get('/health')).json).toEqual({ status: 'ok' })
    const list = (await get('/models')).json as { data: object[] }
    expect((await get('/v1/models')).json).toMatchObject({ data: [{ id: 'tiny', object: 'model' }] })
    const { status, id, object, meta } = recorded.models.loaded
    expect(list.data).toMatchObject([{ id, object, status: { value: status.value, pid: expect.any(Number) } }])
    const { n_params, ftype, ...expected } = meta
    expect(shape(list.data[0])).toMatchObject({ meta: shape(expected) })
    expect([typeof n_params, typeof ftype]).toEqual(['number', 'string'])
  })
})

describe("errors are llama-server's", () => {
  test.for([
    ['a route that it has not', 'unknownRoute', '/nothing', undefined],
    ['a prompt that is missing', 'noPrompt', '/v1/completions', { model: 'tiny' }],
    ['messages that are missing', 'noMessages', '/v1/chat/completions', { model: 'tiny' }],
    ['a model that it does not know', 'unknownModel', '/v1/chat/completions', { model: 'zz', messages: [] }],
    ['no model', 'noModel', '/v1/chat/completions', { messages: [] }],
    ['metrics of no model', 'metricsWithoutModel', '/metrics', undefined],
    ['to load what it does not know', 'loadUnknown', '/models/load', { model: 'zz' }],
    ['to load twice', 'loadTwice', '/models/load', { model: 'tiny' }],
    ['to unload what it does not know', 'unloadUnknown', '/models/unload', { model: 'zz' }],
  ] as const)('%s', async ([, name, path, body]) => {
    const { status, json } = await call(tested.engine, path, body)
    expect({ status, body: json }).toEqual(recorded.errors[name])
  })

  test.for([
    ['broken JSON', 'brokenJson', '{"prompt":'],
    ['a field of the wrong type', 'wrongType', JSON.stringify({ model: 'tiny', prompt: 'a', max_tokens: 'x' })],
  ] as const)('%s: in its own words', async ([, name, body]) => {
    const { status, json } = await post('/v1/completions', body)
    const { code, type, message } = recorded.errors[name].body.error
    const [start = ''] = message.split(':')
    expect({ status, json }).toMatchObject({ status: 400, json: { error: { code, type } } })
    expect((json as { error: { message: string } }).error.message).toContain(start.slice(0, 20))
  })

  test('a prompt that is too long, streamed or not, and the next request is served', async () => {
    const prompt = Array.from({ length: 2000 }, () => 300)
    for (const streamed of [true, false]) {
      const { status, json } = await post('/v1/completions', { model: 'tiny', prompt, stream: streamed })
      expect({ status, body: json }).toEqual(recorded.errors.tooLong)
    }
    expect((await post('/v1/completions', { ...three, prompt: 'a' })).status).toBe(200)
  })

  test('tokens that the model has not', async () => {
    const { json } = await post('/v1/completions', { model: 'tiny', prompt: [1, 99_999] })
    expect(json).toMatchObject({ error: { code: 400, message: expect.stringContaining('vocabulary of 2048') } })
  })

  test('a content that is neither text nor parts', async () => {
    const bad = [{ role: 'user', content: 5 }]
    const { json } = await post('/v1/chat/completions', { model: 'tiny', messages: bad })
    expect(json).toMatchObject({ error: { code: 400, message: expect.stringContaining("Expected 'content' to be") } })
  })
})

/** Types in place of values: what must agree between two servers whatever they were asked. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape)
  if (typeof value !== 'object' || value === null) return value === null ? null : typeof value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, shape(entry)]))
}
