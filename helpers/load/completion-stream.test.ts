import { describe, expect, test } from 'vitest'
import { CompletionStream } from './completion-stream.ts'

const event = (json: unknown) => `data: ${JSON.stringify(json)}\n\n`
const delta = (fields: object, finish: string | null = null) =>
  event({ choices: [{ finish_reason: finish, index: 0, delta: fields }], id: 'x', object: 'chat.completion.chunk' })
const token = (text: string) => delta({ content: text })
const usage = event({
  choices: [],
  usage: { prompt_tokens: 7, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 3 } },
  timings: { prompt_ms: 1.5, predicted_ms: 2.5, cache_n: 3 },
})
const done = 'data: [DONE]\n\n'
const whole = delta({ role: 'assistant', content: null }) + token(' a') + token(' b') + delta({}, 'stop') + usage + done

/** Feeds texts, one a read; read i arrives at i ms. */
function read(...reads: string[]): CompletionStream {
  const stream = new CompletionStream()
  for (const [i, text] of reads.entries()) stream.push(Buffer.from(text), i)
  return stream
}

describe('a complete stream', () => {
  test('is complete, with usage, timings and finish reason', () => {
    const stream = read(whole)
    expect(stream.end()).toBeNull()
    expect(stream).toMatchObject({
      isComplete: true,
      finishReason: 'stop',
      usage: { promptTokens: 7, completionTokens: 4, cachedTokens: 3 },
      timings: { promptMs: 1.5, predictedMs: 2.5, cachedTokens: 3 },
      arrivalsAtMs: [0, 0],
    })
  })

  test('is the same wherever it is split', () => {
    const bytes = Buffer.from(whole)
    for (let at = 0; at <= bytes.length; at++) {
      const stream = new CompletionStream()
      stream.push(bytes.subarray(0, at), 0)
      stream.push(bytes.subarray(at), 0)
      expect(stream.end(), `split at byte ${at}`).toBeNull()
      expect(stream.arrivalsAtMs, `split at byte ${at}`).toEqual([0, 0])
    }
  })

  test.each([
    ['a finish reason', whole.replace('"stop"', 'null')],
    ['usage', whole.replace(usage, '')],
    ['[DONE]', whole.replace(done, '')],
  ])('is incomplete without %s', (missing, text) => {
    const stream = read(text)
    expect(stream.end()).toEqual({ failure: 'incomplete-stream', message: expect.stringContaining(missing) })
    expect(stream.isComplete).toBe(false)
  })
})

describe('tokens', () => {
  test('arrive when the read that completed their event did', () => {
    const [half, rest] = [token(' b').slice(0, 40), token(' b').slice(40)]
    expect(read(token(' a'), half, rest, token(' c') + token(' d')).arrivalsAtMs).toEqual([0, 2, 3, 3])
  })

  test('the role chunk and empty content are none', () => {
    const stream = read(delta({ role: 'assistant', content: '' }), token(''), token(' a'), token(''))
    expect(stream.arrivalsAtMs).toEqual([2])
    expect(stream.firstAnswerAtMs).toBe(2)
  })

  test('reasoning counts as a token, not as the answer, in both spellings', () => {
    const reads = [
      delta({ reasoning_content: 'hm' }),
      delta({ reasoning: 'hm' }),
      delta({ reasoning: 'so' }),
      token(' a'),
    ]
    const stream = read(...reads)
    expect(stream.arrivalsAtMs).toEqual([0, 1, 2, 3])
    expect(stream.firstAnswerAtMs).toBe(3)
  })

  test('a tool call is one', () => {
    expect(read(delta({ tool_calls: [{ index: 0 }] })).arrivalsAtMs).toEqual([0])
  })

  test('plain completions have them in `text`', () => {
    expect(read(event({ choices: [{ index: 0, text: 'a', finish_reason: null }] })).arrivalsAtMs).toEqual([0])
  })

  test('are counted alike by template and by parser, whatever the text is', () => {
    const texts = [' a', ' b', '"', '\\', '\n', '\u0001', 'é', '漢', '😀', '', ' ', '}', '"}}]}', 'data: x', '\u2028']
    const stream = read(...texts.map(token))
    const wanted = texts.flatMap((text, i) => (text === '' ? [] : [i]))
    expect(stream.arrivalsAtMs).toEqual(wanted)
    expect(stream.failure).toBeNull()
  })
})

describe('what the template must not let through', () => {
  const good = [token(' a'), token(' b')]

  test('a raw control character in the text', () => {
    const stream = read(...good, token(' c').replace(' c', 'c\tc'))
    expect(stream.failure?.failure).toBe('malformed-event')
  })

  test('a changed tail', () => {
    const stream = read(...good, token(' c').replace('"id":"x"', '"id":x'))
    expect(stream.failure?.failure).toBe('malformed-event')
  })

  test('a finish reason beside the text', () => {
    expect(read(...good, delta({ content: ' c' }, 'length')).finishReason).toBe('length')
  })

  test('an event of another type', () => {
    expect(read(...good, `event: error\n${token(' c')}`).failure?.failure).toBe('error-record')
  })

  test('nothing is lost when every event differs, as with timings per token', () => {
    const events = Array.from({ length: 20 }, (_, i) =>
      event({ choices: [{ index: 0, delta: { content: 'a' }, finish_reason: null }], n: i }),
    )
    expect(read(...events).arrivalsAtMs).toHaveLength(20)
  })
})

describe('failures inside a stream', () => {
  test.each([
    ['error-record', 'boom', 'data: {"error":{"message":"boom","code":500}}\n\n'],
    ['error-record', 'boom', 'data: {"error":"boom"}\n\n'],
    ['error-record', 'boom', 'data: {"object":"error","message":"boom"}\n\n'],
    ['error-record', 'boom', '{"error":"boom"}\n'],
    ['error-record', 'boom', 'error: {"code":500,"message":"boom"}\n\n'],
    ['error-record', 'Überlauf', 'event: error\ndata: {"message":"Überlauf"}\n\n'],
    ['proxy-error', 'proxy error: Überlauf', 'proxy error: Überlauf\n'],
    ['malformed-event', 'not JSON', 'data: {"choices":[\n\n'],
    ['malformed-event', 'not a JSON object', 'data: 7\n\n'],
    ['malformed-event', 'not a completion chunk', 'data: {"hello":1}\n\n'],
  ] as const)('%s: %s', (failure, message, text) => {
    const stream = read(token(' a') + text + token(' b'))
    expect(stream.failure).toEqual({ failure, message: expect.stringContaining(message) })
    expect(stream.arrivalsAtMs).toHaveLength(1)
  })

  test.each([
    ['proxy-error', 'proxy error: gone'],
    ['error-record', '{"error":"boom"}'],
  ] as const)('%s in a last line without its end', (failure, text) => {
    expect(read(token(' a') + text).end()?.failure).toBe(failure)
  })

  test('unknown fields and lines are ignored, as the specification says', () => {
    expect(read(`${token(' a')}hello: world\n{not json}\n\n`).failure).toBeNull()
  })
})
