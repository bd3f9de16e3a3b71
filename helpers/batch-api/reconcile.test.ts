import { describe, expect, test } from 'vitest'
import { examplesOf } from './batch-account.ts'
import { recordOf } from './batch-records.ts'
import { batchSchema, sightingOf } from './batch-sighting.ts'
import ogx from './ogx.data.json' with { type: 'json' }
import { reconcile } from './reconcile.ts'
import { readResultLine } from './result-line.ts'

const answered = (id: string) =>
  JSON.stringify({ custom_id: id, response: { status_code: 200, body: {} }, error: null })
const refused = (id: string) => JSON.stringify({ custom_id: id, error: { code: 'server_error', message: 'no' } })

describe('reconcile', () => {
  test('every custom_id in one of the files, in any order, is accounted for', () => {
    const found = reconcile(['a', 'b', 'c'], [`${answered('c')}\n\n${answered('a')}\n`, refused('b')])
    expect(found).toMatchObject({ missing: [], repeated: [], unknown: [], unreadable: [] })
    expect([...found.outcomes].map(([id, { state }]) => [id, state])).toEqual([
      ['c', 'answered'],
      ['a', 'answered'],
      ['b', 'refused'],
    ])
  })

  test('tells what is missing, repeated, unknown and unreadable apart', () => {
    const output = [answered('a'), answered('a'), answered('x'), '{"custom_id":', answered('b')].join('\n')
    const found = reconcile(['a', 'b', 'c'], [output, refused('b')])
    expect(found).toMatchObject({ missing: ['c'], repeated: ['a', 'b'], unknown: ['x'] })
    expect(found.unreadable).toEqual(['not JSON: {"custom_id":'])
    expect(examplesOf(found)).toEqual([
      '"c" is missing',
      '"a" came back more than once',
      '"b" came back more than once',
      '"x" was never sent',
      'a line cannot be read: not JSON: {"custom_id":',
    ])
  })

  test('without any file everything is missing', () => {
    expect(reconcile(['a', 'b'], []).missing).toEqual(['a', 'b'])
  })
})

describe('result lines', () => {
  test.for([
    ['an answer', { response: { status_code: 200, body: { x: 1 } } }, { state: 'answered', body: { x: 1 } }],
    [
      'JSON inside of a text',
      { response: { status_code: 200, body: '{"x":1}' } },
      { state: 'answered', body: { x: 1 } },
    ],
    [
      'an HTTP error',
      { response: { status_code: 400, body: { error: { message: 'too long' } } }, error: null },
      { state: 'refused', status: 400, message: 'too long' },
    ],
    [
      'an expired request',
      { response: null, error: { code: 'batch_expired', message: 'too late' } },
      { state: 'refused', status: null, message: 'batch_expired: too late' },
    ],
    ['neither', {}, { state: 'refused', status: null }],
  ] as const)('%s', ([, line, outcome]) => {
    expect(readResultLine(JSON.stringify({ custom_id: 'a', ...line }))).toMatchObject({ kind: 'result', outcome })
  })
})

describe('records', () => {
  const stamp = { batch: 0, chunk: 0, sentAtMs: 100, endedAtMs: 200 }
  const end = { ...sightingOf(batchSchema.parse(ogx.batch), 200), status: 'expired' as const, errors: ['late'] }
  const body = { choices: [{ finish_reason: 'length' }], usage: { prompt_tokens: 5, completion_tokens: 4 } }
  const record = (outcome: Parameters<typeof recordOf>[1], expected: number | null = null) =>
    recordOf({ customId: 'a', expectedCompletionTokens: expected }, outcome, stamp, end)

  test('of a success', () => {
    expect(record({ state: 'answered', body }, 4)).toEqual({
      ...stamp,
      id: 'a',
      state: 'batched',
      scheduledAtMs: 100,
      finishReason: 'length',
      promptTokens: 5,
      completionTokens: 4,
      cachedTokens: null,
    })
  })

  test.for([
    ['unaccounted', undefined, /batch_[0-9a-f]{16} ended as expired \(late\)/],
    ['error-record', { state: 'refused', status: null, message: 'batch_expired' }, /batch_expired/],
    ['http-status', { state: 'refused', status: 503, message: 'busy' }, /busy/],
    ['malformed-event', { state: 'answered', body: 'oops' }, /no JSON object: oops/],
    ['incomplete-stream', { state: 'answered', body: { ...body, usage: undefined } }, /lacks usage/],
    ['incomplete-stream', { state: 'answered', body: { ...body, choices: [] } }, /lacks choices/],
    ['wrong-length', { state: 'answered', body }, /3 tokens were asked for, usage says 4/],
  ] as const)('of a failure: %s', ([failure, outcome, message]) => {
    expect(record(outcome, 3)).toMatchObject({ state: 'failed', failure, message: expect.stringMatching(message) })
  })
})

describe('what a real server wrote (OGX 1.5.0)', () => {
  test('its batch', () => {
    expect(sightingOf(batchSchema.parse(ogx.batch), 1)).toMatchObject({
      status: 'completed',
      counts: { total: 21, completed: 20, failed: 1 },
      errors: [],
    })
  })

  test('its lines', () => {
    const { outcomes, missing } = reconcile(
      ['0-18', '0-19', 'too-long'],
      [ogx.output.join('\n'), ogx.errors.join('\n')],
    )
    expect(missing).toEqual([])
    const end = sightingOf(batchSchema.parse(ogx.batch), 1)
    const stamp = { batch: 0, chunk: 0, sentAtMs: 0, endedAtMs: 1 }
    const [first, , last] = ['0-18', '0-19', 'too-long'].map(customId =>
      recordOf({ customId, expectedCompletionTokens: null }, outcomes.get(customId), stamp, end),
    )
    expect(first).toMatchObject({
      state: 'batched',
      promptTokens: 72,
      completionTokens: 16,
      cachedTokens: 71,
      finishReason: 'length',
    })
    expect(last).toMatchObject({ state: 'failed', failure: 'error-record', message: expect.stringContaining('48054') })
  })
})
