import { describe, expect, test } from 'vitest'
import type { CompletionTarget } from '../../engines/engine.ts'
import { BadInputError } from '../../errors.ts'
import { type LoadRequest, prepareRequest } from '../index.ts'

const target: CompletionTarget = {
  protocol: 'ollama',
  origin: 'http://127.0.0.1:11434',
  chatPath: '/api/chat',
  headers: {},
  body: { model: 'm', keep_alive: -1, options: { num_ctx: 4096 } },
}
const hello = [{ role: 'user', content: 'hello' }]

function prepared(body: Record<string, unknown>, path: LoadRequest['path'] = '/v1/chat/completions') {
  const { payload, ...rest } = prepareRequest({ id: 'r', path, body, expectedCompletionTokens: 7 }, target)
  return { ...rest, body: JSON.parse(payload.toString()) as Record<string, unknown> }
}
const chat = (fields: Record<string, unknown>) => prepared({ messages: hello, ...fields }).body
const messagesOf = (...messages: object[]) => prepared({ messages }).body.messages
const plain = (fields: Record<string, unknown>) => prepared({ prompt: 'hello', ...fields }, '/v1/completions')

describe('a chat', () => {
  test('goes to /api/chat, with options, and keeps its expected length', () => {
    expect(
      prepared({ messages: hello, max_tokens: 7, ignore_eos: true, seed: 5, temperature: 0.5, top_p: 0.9 }),
    ).toEqual({
      id: 'r',
      protocol: 'ollama',
      path: '/api/chat',
      expectedCompletionTokens: 7,
      body: {
        model: 'm',
        keep_alive: -1,
        stream: true,
        truncate: false,
        messages: hello,
        options: { num_predict: 7, seed: 5, temperature: 0.5, top_p: 0.9, num_ctx: 4096 },
      },
    })
  })

  test('means what it means on /v1 where it names no temperature', () => {
    expect(chat({ temperature: null })).toMatchObject({ options: { temperature: 1, top_p: 1 } })
    expect(chat({ temperature: 0, top_p: 0.1 })).toMatchObject({ options: { temperature: 0, top_p: 0.1 } })
  })

  test('has every option under its name there', () => {
    const same = { top_k: 3, min_p: 0.1, presence_penalty: 0.2, frequency_penalty: 0.3 }
    expect(chat({ ...same, repetition_penalty: 1.2, stop: 'x' }).options).toMatchObject({
      ...same,
      repeat_penalty: 1.2,
      stop: ['x'],
    })
    expect(chat({ stop: ['a', 'b'] }).options).toMatchObject({ stop: ['a', 'b'] })
  })

  test.each([
    [{ max_tokens: 5 }, 5],
    [{ max_completion_tokens: 6 }, 6],
    [{ max_tokens: 5, max_completion_tokens: 6 }, 6],
    [{ max_completion_tokens: 6, max_tokens: 5 }, 6],
  ])('its length %o is %i', (fields, length) => {
    expect(chat(fields).options).toMatchObject({ num_predict: length })
  })

  test('the target wins, option by option', () => {
    const body = chat({ model: 'other', keep_alive: 5, options: { num_ctx: 1, num_thread: 2 } })
    expect(body).toMatchObject({ model: 'm', keep_alive: -1, options: { num_ctx: 4096, num_thread: 2 } })
  })

  test('response_format becomes format', () => {
    const schema = { type: 'object', properties: {} }
    expect(chat({ response_format: { type: 'json_object' } }).format).toBe('json')
    expect(chat({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }).format).toEqual(
      schema,
    )
    expect(chat({ response_format: { type: 'text' } })).not.toHaveProperty('format')
  })

  test('reasoning_effort becomes think', () => {
    expect(chat({ reasoning_effort: 'none' }).think).toBe(false)
    expect(chat({ reasoning_effort: 'minimal' }).think).toBe('low')
    expect(chat({ reasoning_effort: 'high' }).think).toBe('high')
    expect(chat({})).not.toHaveProperty('think')
  })

  test('what only labels a request is left out', () => {
    const labels = { user: 'u', metadata: {}, store: true, stream_options: {}, n: 1, tool_choice: 'auto' }
    expect(chat(labels)).toEqual(chat({}))
  })
})

describe('messages', () => {
  test('parts become one text, and images stand beside it as base64', () => {
    const parts = [
      { type: 'text', text: 'what is' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      { type: 'image_url', image_url: 'data:image/jpeg;base64,BBBB' },
      { type: 'text', text: 'this?' },
    ]
    expect(messagesOf({ role: 'user', content: parts })).toEqual([
      { role: 'user', content: 'what is\nthis?', images: ['AAAA', 'BBBB'] },
    ])
  })

  test('tool calls have arguments as an object, and results the name of the tool', () => {
    const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }
    expect(
      messagesOf(
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'c1', content: '2' },
      ),
    ).toEqual([
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'c1', function: { index: 0, name: 'f', arguments: { a: 1 } } }],
      },
      { role: 'tool', content: '2', tool_call_id: 'c1', tool_name: 'f' },
    ])
  })

  test.each([
    [
      'an image elsewhere',
      { content: [{ type: 'image_url', image_url: { url: 'https://x/y.png' } }] },
      'messages.0.content.0',
    ],
    ['a sound', { content: [{ type: 'input_audio', input_audio: {} }] }, 'messages.0.content.0'],
    ['a number', { content: 7 }, 'messages.0.content'],
    [
      'arguments that are no JSON',
      { tool_calls: [{ function: { name: 'f', arguments: '{' } }] },
      'messages.0.tool_calls.0',
    ],
    ['a field of a later time', { content: '', later: 1 }, 'messages.0.later'],
  ])('%s is refused', (_name, fields, field) => {
    expect(() => messagesOf({ role: 'user', ...fields })).toThrow(`field "${field}"`)
  })

  test('none at all are refused: Ollama would only load the model', () => {
    expect(() => messagesOf()).toThrow(BadInputError)
  })
})

describe('a plain completion', () => {
  test('goes to /api/generate, raw', () => {
    const { path, body } = plain({ max_tokens: 3, logprobs: 2 })
    expect(path).toBe('/api/generate')
    expect(body).toMatchObject({
      prompt: 'hello',
      raw: true,
      logprobs: true,
      top_logprobs: 2,
      options: { num_predict: 3 },
    })
    expect(body).not.toHaveProperty('messages')
  })

  test.each([
    ['prompt', { prompt: [1, 2] }],
    ['prompt', { prompt: '' }],
    ['suffix', { suffix: 'x' }],
    ['echo', { echo: true }],
    ['best_of', { best_of: 2 }],
  ])('%s of %o is refused', (field, fields) => {
    expect(() => plain(fields)).toThrow(`field "${field}"`)
  })
})

test.each([
  ['logit_bias', { '5': -100 }],
  ['n', 2],
  ['tool_choice', 'required'],
  ['min_tokens', 5],
  ['response_format', { type: 'grammar' }],
  ['reasoning_effort', 'extreme'],
  ['options', 7],
  ['constructor', {}],
])('what Ollama has no place for is refused by name: %s', (field, value) => {
  const prepare = () => chat({ [field]: value })
  expect(prepare).toThrow(BadInputError)
  expect(prepare).toThrow(`preparing request "r" for Ollama: its own API has no place for field "${field}", which is`)
})
