import { describe, expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { type BatchedRecord, type CompletedRecord, type FailureClass, type RequestRecord, Tally } from './index.ts'

const completed = (fields: Partial<CompletedRecord> = {}): RequestRecord => ({
  state: 'completed',
  id: 'a',
  batch: 0,
  chunk: 0,
  scheduledAtMs: 1000,
  sentAtMs: 1000,
  endedAtMs: 1300,
  finishReason: 'length',
  ttftMs: 100,
  ttfotMs: 100,
  arrivalsMs: [100, 150, 200, 300],
  promptTokens: 10,
  completionTokens: 5,
  cachedTokens: 2,
  timings: null,
  ...fields,
})
const batched = (fields: Partial<BatchedRecord> = {}): RequestRecord => ({
  state: 'batched',
  id: 'a',
  batch: 0,
  chunk: 0,
  scheduledAtMs: 1000,
  sentAtMs: 1000,
  endedAtMs: 9000,
  finishReason: 'length',
  promptTokens: 10,
  completionTokens: 5,
  cachedTokens: 2,
  ...fields,
})
const failed = (failure: FailureClass, message = 'why'): RequestRecord => ({
  state: 'failed',
  id: 'a',
  batch: 0,
  chunk: 0,
  scheduledAtMs: 0,
  sentAtMs: 0,
  endedAtMs: 1,
  failure,
  message,
  httpStatus: null,
  tokensSeen: 3,
})
const tallyOf = (...records: RequestRecord[]) => {
  const tally = new Tally()
  for (const record of records) tally.add(record)
  return tally.result()
}

describe('Tally', () => {
  test('adds up by hand', () => {
    // TPOT (300 − 100) / (5 − 1); gaps 50, 50, 100.
    expect(
      tallyOf(completed(), completed({ ttftMs: 200, ttfotMs: null, completionTokens: 1, arrivalsMs: [200] })),
    ).toEqual({
      completed: 2,
      failed: 0,
      failures: {},
      firstFailure: null,
      promptTokens: 20,
      completionTokens: 6,
      cachedTokens: measured(4),
      ttftMs: [100, 200],
      ttfotMs: [100],
      e2eMs: [300, 300],
      tpotMs: [50],
      itlMs: {
        p50: expect.closeTo(50, 0),
        p95: expect.closeTo(100, 0),
        p99: expect.closeTo(100, 0),
        max: expect.closeTo(100, 0),
      },
      engineLoadMs: absent('the engine does not tell how long a request waited for the model to load'),
    })
  })

  test('counts failures by class and keeps them out of the times', () => {
    const result = tallyOf(failed('stall', 'first'), failed('stall'), failed('connect'), completed())
    expect(result).toMatchObject({
      completed: 1,
      failed: 3,
      failures: { stall: 2, connect: 1 },
      firstFailure: 'stall: first',
      ttftMs: [100],
      completionTokens: 5,
    })
  })

  test('does not know the cached tokens when one completed record lacks them', () => {
    const none = completed({ cachedTokens: null })
    expect(tallyOf(none, completed()).cachedTokens.state).toBe('absent')
    expect(tallyOf(completed(), none).cachedTokens.state).toBe('absent')
    expect(tallyOf(completed({ cachedTokens: 0 })).cachedTokens).toEqual(measured(0))
  })

  test('counts what went through a batch, and gives it no times', () => {
    const empty = { ttftMs: [], ttfotMs: [], e2eMs: [], tpotMs: [], itlMs: null }
    expect(tallyOf(batched(), batched())).toMatchObject({
      completed: 2,
      failed: 0,
      promptTokens: 20,
      completionTokens: 10,
      cachedTokens: measured(4),
      ...empty,
    })
    expect(tallyOf(batched({ cachedTokens: null }), completed())).toMatchObject({
      completed: 2,
      cachedTokens: { state: 'absent' },
      ttftMs: [100],
    })
  })

  test('keeps the least load time of the first chunk', () => {
    const loaded = (loadMs: number | null, chunk = 0) =>
      completed({ chunk, timings: { promptMs: 1, predictedMs: 2, loadMs } })
    expect(tallyOf(loaded(80), loaded(20), loaded(5, 1)).engineLoadMs).toEqual(measured(20))
    expect(tallyOf(loaded(0), loaded(20)).engineLoadMs).toEqual(measured(0))
    expect(tallyOf(loaded(5, 1)).engineLoadMs).toEqual(absent('no request of the first chunk completed'))
    expect(tallyOf(failed('stall'), loaded(5, 1)).engineLoadMs.state).toBe('absent')
    expect(tallyOf(loaded(null), batched()).engineLoadMs.state).toBe('absent')
  })

  test('is empty at first, without zeros for what is not known', () => {
    expect(tallyOf()).toMatchObject({
      completed: 0,
      cachedTokens: absent('no request completed'),
      ttftMs: [],
      itlMs: null,
    })
  })

  test('keeps the gaps of events of one read, as the least it can', () => {
    expect(tallyOf(completed({ arrivalsMs: [1, 1, 1] })).itlMs?.p50).toBe(0.001)
  })
})
