import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { CompletionTarget } from '../engines/engine.ts'
import { type RequestRecord, runLoad, Tally, wholeAnswers } from './index.ts'
import { requestOf } from './testing-requests.ts'
import recorded from './whole-answers.data.json' with { type: 'json' }

interface Answer {
  status?: number
  type?: string
  text: string
  /** The connection breaks when half of it was sent. */
  isCut?: boolean
}

/** Sends one request to a server that answers so; resolves with its record and the body that the server was sent. */
async function ask(answer: Answer, protocol: 'openai' | 'ollama' = 'openai', tokens = 6) {
  let body: Record<string, unknown> = {}
  await using server = createServer(async (request, response) => {
    body = JSON.parse((await Array.fromAsync(request)).join(''))
    const { status = 200, type = 'application/json; charset=utf-8', text, isCut = false } = answer
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) })
    if (!isCut) return void response.end(text)
    response.write(text.slice(0, text.length / 2), () => response.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const target: CompletionTarget = {
    protocol,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    chatPath: protocol === 'ollama' ? '/api/chat' : '/v1/chat/completions',
    headers: {},
    body: { model: 'm', stream: true, ...(protocol === 'openai' && { stream_options: { include_usage: true } }) },
  }
  const records: RequestRecord[] = []
  await runLoad({
    target: wholeAnswers(target),
    requests: [requestOf('a', { tokens })],
    schedule: { kind: 'closed loop', concurrency: 1 },
    batch: 0,
    limits: { firstTokenMs: 5000 },
    onRecord: record => records.push(record),
  })
  const [record] = records
  if (record === undefined) throw new Error('there is no record')
  return { record, body }
}

const whole = recorded.openai['llama-server b11669']
const without = (field: string) => JSON.stringify({ ...JSON.parse(whole), [field]: undefined })

describe('an answer in one piece', () => {
  test.for(Object.entries(recorded.openai))('of %s', async ([, text]) => {
    const { record, body } = await ask({ text })
    expect(record).toMatchObject({ state: 'whole', finishReason: 'length', promptTokens: 19, completionTokens: 6 })
    expect(body).toMatchObject({ model: 'm', stream: false, max_tokens: 6 })
    expect(body).not.toHaveProperty('stream_options')
  })

  test.for(Object.entries(recorded.ollama))('of %s', async ([, text]) => {
    const { record, body } = await ask({ text }, 'ollama', 5)
    expect(record).toMatchObject({
      state: 'whole',
      finishReason: 'length',
      promptTokens: 12,
      completionTokens: 5,
      timings: { loadMs: expect.closeTo(335.95, 1) },
    })
    expect(body).toMatchObject({ stream: false, options: { num_predict: 5 } })
  })

  test('has the engine’s own times, an end, and no time to the first token', async () => {
    const { record } = await ask({ text: whole })
    expect(record).toMatchObject({ cachedTokens: 0, timings: { promptMs: 11.884, predictedMs: 14.57, loadMs: null } })
    expect(record.endedAtMs).toBeGreaterThan(record.sentAtMs)
    for (const field of ['ttftMs', 'ttfotMs', 'arrivalsMs']) expect(record).not.toHaveProperty(field)
    const tally = new Tally()
    tally.add(record)
    expect(tally.result()).toMatchObject({ completed: 1, completionTokens: 6, ttftMs: [], tpotMs: [], itlMs: null })
    expect(tally.result().e2eMs).toEqual([record.endedAtMs - record.sentAtMs])
  })
})

describe('is as strict as a stream', () => {
  test.for<[string, Answer, string, string]>([
    ['no usage', { text: without('usage') }, 'incomplete-stream', 'without usage'],
    [
      'no finish reason',
      { text: whole.replace('"finish_reason":"length"', '"finish_reason":null') },
      'incomplete-stream',
      'without a finish reason',
    ],
    ['no choices', { text: '{"usage":null}' }, 'malformed-event', 'not a completion chunk'],
    ['an error under 200', { text: '{"error":{"message":"out of memory"}}' }, 'error-record', 'out of memory'],
    ['not JSON', { text: '<html>', type: 'text/html' }, 'malformed-event', 'not JSON'],
    ['nothing', { text: '' }, 'incomplete-stream', 'without a finish reason, usage'],
    ['cut off', { text: whole, isCut: true }, 'connection-reset', 'the connection broke'],
    [
      'another length',
      { text: whole.replace('"completion_tokens":6', '"completion_tokens":5') },
      'wrong-length',
      'says 5',
    ],
    ['a status', { text: '{"error":{"message":"busy"}}', status: 503 }, 'http-status', 'HTTP 503: busy'],
    ['a dead model', { text: 'proxy error: gone', status: 500 }, 'proxy-error', 'proxy error: gone'],
    ['a dead model under 200', { text: 'proxy error: gone' }, 'proxy-error', 'proxy error: gone'],
  ])('%s', async ([, answer, failure, message]) => {
    const { record } = await ask(answer)
    expect(record).toMatchObject({ state: 'failed', failure, message: expect.stringContaining(message) })
  })

  test('an Ollama answer that is not done', async () => {
    const { record } = await ask({ text: '{"model":"t","message":{"content":"a"},"done":false}' }, 'ollama')
    expect(record).toMatchObject({ state: 'failed', failure: 'incomplete-stream' })
  })
})
