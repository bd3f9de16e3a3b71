import { json } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { serveAnswers } from '../engines/answering-server.ts'
import { startTestEngine } from '../engines/embedded/engine-for-tests.ts'
import type { CompletionTarget } from '../engines/index.ts'
import { BadInputError, CouldNotMeasureError } from '../errors.ts'
import { startFaultServer } from '../testing/fault-server/index.ts'
import { ask } from './ask.ts'
import recorded from './ollama/answers.data.json' with { type: 'json' }

const messages = [{ role: 'user', content: 'Say it.' }]

const canary = (word: string) => ({
  type: 'json_schema',
  json_schema: { name: 'canary', schema: { type: 'object', properties: { canary: { const: word } } } },
})

test('a question and its answer, in text, tokens and finish reason', async () => {
  await using tested = await startTestEngine()
  await tested.engine.load(tested.model('tiny'), { contextTokens: 512, slots: 1 })
  const target = tested.engine.target('tiny')
  const answer = await ask(target, { messages, maxTokens: 12, seed: 3 })
  expect(answer).toEqual({
    text: expect.stringMatching(/\w/),
    finishReason: 'length',
    promptTokens: expect.any(Number),
    completionTokens: 12,
  })
  expect(await ask(target, { messages, maxTokens: 12, seed: 3 })).toEqual(answer)
  expect((await ask(target, { messages, maxTokens: 12, seed: 4 })).text).not.toBe(answer.text)
})

test('many at once, each held to a word of its own, say just that', async () => {
  await using tested = await startTestEngine()
  await tested.engine.load(tested.model('tiny'), { contextTokens: 512, slots: 4 })
  const words = Array.from({ length: 8 }, (_, i) => `canary-${i}-ü`)
  const answers = await Promise.all(
    words.map((word, seed) =>
      ask(tested.engine.target('tiny'), { messages, maxTokens: 200, responseFormat: canary(word), seed }),
    ),
  )
  expect(answers.map(({ text }) => JSON.parse(text))).toEqual(words.map(word => ({ canary: word })))
  for (const { finishReason } of answers) expect(finishReason).toBe('stop')
})

test('Ollama is asked in its own words', async () => {
  const [{ answers } = { answers: null }] = recorded.recorded
  if (answers === null) throw new Error('nothing was recorded')
  const bodies: unknown[] = []
  await using server = await serveAnswers((request, response) => {
    void json(request).then(body => {
      bodies.push(body)
      response.writeHead(answers.chat.status).end(answers.chat.text)
    })
  })
  const target: CompletionTarget = {
    protocol: 'ollama',
    origin: server.url,
    chatPath: '/api/chat',
    headers: {},
    body: { model: 'tiny', options: { num_ctx: 512 } },
  }
  const answer = await ask(target, { messages, maxTokens: 6, responseFormat: canary('bird'), seed: 3 })
  expect(answer).toEqual({ text: 'aoicy zqaw wipx', finishReason: 'length', promptTokens: 19, completionTokens: 6 })
  expect(bodies).toEqual([
    expect.objectContaining({
      model: 'tiny',
      format: { type: 'object', properties: { canary: { const: 'bird' } } },
      options: expect.objectContaining({ num_ctx: 512, num_predict: 6, seed: 3 }),
    }),
  ])
  const badFormat = ask(target, { messages, maxTokens: 6, responseFormat: { type: 'poem' } })
  await expect(badFormat).rejects.toThrow(BadInputError)
})

test('characters that events cut in two are whole', async () => {
  await using server = await startFaultServer({ stream: { splitUtf8: true } })
  const { text } = await ask(server.target(), { messages, maxTokens: 8 })
  expect(text).not.toContain('\uFFFD')
  expect(Buffer.byteLength(text)).toBeGreaterThan(text.length)
})

test.for([
  'http-500',
  'eof-without-finish',
  'no-usage',
  'error-record',
  'proxy-error',
  'malformed-json',
  'reset',
] as const)('an answer that goes wrong is an error: %s', async kind => {
  await using server = await startFaultServer({ fault: { kind, every: 1 } })
  const failure = await ask(server.target(), { messages, maxTokens: 8 }).catch(error => error)
  expect(failure).toBeInstanceOf(CouldNotMeasureError)
})

test('a signal ends it, and a key stays out of the message', async () => {
  await using server = await serveAnswers((request, response) => {
    response.writeHead(401).end(JSON.stringify({ error: `no such key: ${request.headers.authorization}` }))
  })
  const target: CompletionTarget = {
    protocol: 'openai',
    origin: server.url,
    chatPath: '/v1/chat/completions',
    headers: { authorization: 'Bearer secret' },
    body: { model: 'tiny' },
  }
  const failure = await ask(target, { messages, maxTokens: 1 }).catch(error => error)
  expect(failure.message).toContain('answered 401: no such key')
  expect(failure.message).not.toContain('secret')
  const signal = AbortSignal.abort(new CouldNotMeasureError('stopped by the test'))
  await expect(ask(target, { messages, maxTokens: 1, signal })).rejects.toThrow('stopped by the test')
})
