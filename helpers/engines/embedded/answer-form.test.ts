import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, startTestEngine, type TestEngine } from './engine-for-tests.ts'

let tested: TestEngine

beforeAll(async () => {
  tested = await startTestEngine()
  await tested.engine.load(tested.model('tiny'), { contextTokens: 1024, slots: 4 })
})
afterAll(async () => {
  await tested[Symbol.asyncDispose]()
})

const chat = { model: 'tiny', messages: [{ role: 'user', content: 'Say it.' }], max_tokens: 300, temperature: 1 }

/** The whole answer to a chat; a refusal is an error with its status. */
async function answerTo(body: object): Promise<{ content: string; finishReason: string; tokens: number }> {
  const { status, json, text } = await call(tested.engine, '/v1/chat/completions', { ...chat, ...body })
  if (status !== 200) throw new Error(`${status}: ${text}`)
  const { choices, usage } = json as {
    choices: [{ message: { content: string }; finish_reason: string }]
    usage: { completion_tokens: number }
  }
  const [{ message, finish_reason }] = choices
  return { content: message.content, finishReason: finish_reason, tokens: usage.completion_tokens }
}

const ofSchema = (schema: object) => ({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } })

describe('an answer of a form', () => {
  test.for([
    ['a word', { type: 'object', properties: { word: { const: 'bird' } } }, { word: 'bird' }],
    ['an enumeration', { enum: ['only'] }, 'only'],
    [
      'parts in parts',
      {
        type: 'object',
        properties: { list: { type: 'array', items: { const: 1 }, minItems: 2, maxItems: 2 }, none: { type: 'null' } },
      },
      { list: [1, 1], none: null },
    ],
    ['one of several', { oneOf: [{ const: 'a' }] }, 'a'],
  ] as const)('%s, and it ends by itself', async ([, schema, expected]) => {
    const { content, finishReason } = await answerTo(ofSchema(schema))
    expect(JSON.parse(content)).toEqual(expected)
    expect(content).toBe(content.trimEnd())
    expect(finishReason).toBe('stop')
  })

  test('a grammar', async () => {
    expect(await answerTo({ grammar: 'root ::= "yes, " "yes"' })).toMatchObject({
      content: 'yes, yes',
      finishReason: 'stop',
    })
  })

  test('ignore_eos does not make it go on', async () => {
    const { content, finishReason } = await answerTo({ grammar: 'root ::= "yes"', ignore_eos: true, max_tokens: -1 })
    expect([content, finishReason]).toEqual(['yes', 'stop'])
  })

  test('the limit of tokens holds all the same', async () => {
    const { tokens, finishReason } = await answerTo({ grammar: 'root ::= "ab"+', max_tokens: 5 })
    expect([tokens, finishReason]).toEqual([5, 'length'])
  })

  test('each request has its own, whatever runs beside it', async () => {
    const words = Array.from({ length: 12 }, (_, i) => `word-${i}`)
    const answers = await Promise.all(words.map((word, seed) => answerTo({ ...ofSchema({ const: word }), seed })))
    expect(answers.map(({ content }) => JSON.parse(content))).toEqual(words)
  })

  test('a text is a text', async () => {
    expect(await answerTo({ response_format: { type: 'text' }, max_tokens: 7, ignore_eos: true })).toMatchObject({
      tokens: 7,
      finishReason: 'length',
    })
  })
})

test.for([
  [{ grammar: 'root = nothing' }, /^Failed to initialize samplers: failed to parse grammar$/i],
  [ofSchema({ type: 'nonsense' }), /JSON schema error: .*\{"type":"nonsense"\}/],
  [ofSchema({ type: 'object', properties: { a: { type: 'nonsense' } } }), /JSON schema error/],
  [{ response_format: { type: 'poem' } }, /^response_format type must be one of .* but got: poem$/],
] as const)('a form that is none is refused, and the model goes on: %j', async ([body, message]) => {
  const { status, json } = await call(tested.engine, '/v1/chat/completions', { ...chat, ...body })
  expect(status).toBe(400)
  expect(json).toMatchObject({ error: { type: 'invalid_request_error', message: expect.stringMatching(message) } })
  expect((await answerTo({ max_tokens: 3, ignore_eos: true })).tokens).toBe(3)
})
