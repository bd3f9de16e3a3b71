import { describe, expect, test } from 'vitest'
import type { CompletedRecord, FailedRecord } from '../load/index.ts'
import { absent, measured } from '../measured.ts'
import { type Bench, type BenchPlan, benchFigures, ratioOfMedians, totalRateOf } from './index.ts'

const request = { id: '1-0', batch: 1, chunk: 0, scheduledAtMs: 0, sentAtMs: 0 }

const answer = (change: Partial<CompletedRecord> = {}): CompletedRecord => ({
  ...request,
  state: 'completed',
  endedAtMs: 600,
  finishReason: 'length',
  ttftMs: 100,
  ttfotMs: 100,
  arrivalsMs: [100, 600],
  promptTokens: 50,
  completionTokens: 11,
  cachedTokens: 10,
  timings: { promptMs: 80, predictedMs: 500, loadMs: null },
  ...change,
})

const failure: FailedRecord = {
  ...request,
  state: 'failed',
  endedAtMs: 5,
  failure: 'http-status',
  message: '500: no memory',
  httpStatus: 500,
  tokensSeen: 0,
}

const benchOf = (completed: CompletedRecord[], failed: FailedRecord[] = [], plan: Partial<BenchPlan> = {}): Bench => ({
  model: 'm',
  plan: { promptTokens: 40, outputTokens: 11, concurrency: 1, requests: completed.length + failed.length, ...plan },
  startMs: 0,
  endMs: Math.max(1, ...completed.map(({ endedAtMs }) => endedAtMs)),
  completed,
  failed,
  disturbance: null,
})

/** One after the other, each of 600 ms. */
const inARow = (n: number, change: Partial<CompletedRecord> = {}) =>
  Array.from({ length: n }, (_, i) => answer({ sentAtMs: 600 * i, endedAtMs: 600 * (i + 1), ...change }))

describe('the figures of a bench', () => {
  test('by hand', () => {
    const figures = benchFigures(benchOf(inARow(6)))
    // 40 new tokens in 80 ms; ten tokens in 500 ms; 66 tokens in 3.6 s.
    expect(figures.prefillRate).toEqual({
      value: measured({ value: 500, interval: [500, 500] }),
      n: 6,
      source: "by the engine's own prompt times",
    })
    expect(figures.decodeRate.value).toEqual(measured({ value: 20, interval: [20, 20] }))
    expect(figures.tpotMs.value).toEqual(measured({ value: 50, interval: [50, 50] }))
    expect(figures.ttftMs.value).toEqual(measured({ value: 100, interval: [100, 100] }))
    expect(figures.e2eMs.value).toEqual(measured({ value: 600, interval: [600, 600] }))
    expect(figures.totalRate.value).toMatchObject({ value: { value: expect.closeTo(66 / 3.6, 9) } })
    expect(figures.success.value).toEqual(measured({ value: 1, interval: null }))
  })

  test('without times of the engine prefill is told by TTFT, and says so', () => {
    const { prefillRate } = benchFigures(benchOf(inARow(6, { timings: null, cachedTokens: null })))
    expect(prefillRate.value).toMatchObject({ value: { value: 500 } })
    expect(prefillRate.source).toContain('TTFT')
  })

  test('prefill is of requests that were sent alone', () => {
    const { prefillRate } = benchFigures(benchOf(inARow(6), [], { concurrency: 2 }))
    expect(prefillRate.value).toMatchObject({ state: 'absent', reason: expect.stringContaining('2 requests at once') })
  })

  test('the interval of the total rate is as wide as rounds differ, not as requests that ran together', () => {
    const rounds = (lengths: number[]) => {
      let atMs = 0
      return lengths.flatMap(ms => {
        const round = { sentAtMs: atMs, endedAtMs: atMs + ms }
        atMs += ms
        return Array.from({ length: 4 }, () => answer(round))
      })
    }
    const steady = benchFigures(benchOf(rounds(Array(8).fill(500)), [], { concurrency: 4 })).totalRate
    expect(steady).toMatchObject({ n: 8, value: { value: { value: 88, interval: [88, 88] } } })
    const uneven = benchFigures(benchOf(rounds([300, 700, 300, 700, 300, 700, 300, 700]), [], { concurrency: 4 }))
    const { value } = uneven.totalRate
    const [low = 0, high = 0] = value.state === 'measured' ? (value.value.interval ?? []) : []
    expect(low).toBeLessThan(80)
    expect(high).toBeGreaterThan(96)
  })

  test('on an engine with fewer places than requests a round is what it works on at a time', () => {
    // Ten at once, two places: five pairs, one after the other.
    const pairs = [0, 1, 2, 3, 4].flatMap(pair =>
      [0, 1].map(() => answer({ sentAtMs: 0, endedAtMs: 500 * (pair + 1) })),
    )
    const bench = benchOf(pairs, [], { concurrency: 10 })
    expect(totalRateOf(bench)).toMatchObject({ n: 1, value: { value: { value: 44, interval: null } } })
    expect(totalRateOf(bench, 2)).toMatchObject({ n: 5, value: { value: { value: 44, interval: [44, 44] } } })
  })

  test('a few requests make no interval', () => {
    const { decodeRate, totalRate } = benchFigures(benchOf(inARow(3)))
    expect([decodeRate, totalRate].map(({ value }) => value)).toEqual([
      measured({ value: 20, interval: null }),
      measured({ value: expect.closeTo(33 / 1.8, 9), interval: null }),
    ])
  })

  test('all failed: nothing but the failures, with the first one as the reason', () => {
    const { success, ...others } = benchFigures(benchOf([], [failure, failure]))
    expect(success).toMatchObject({ value: measured({ value: 0, interval: null }), n: 2 })
    for (const { value } of Object.values(others))
      expect(value).toEqual(absent('none of 2 requests completed; the first: http-status: 500: no memory'))
  })

  test('some failed: the rest is measured', () => {
    const { success, ttftMs } = benchFigures(benchOf(inARow(3), [failure]))
    expect(success.value).toEqual(measured({ value: 0.75, interval: null }))
    expect(ttftMs.n).toBe(3)
  })

  test('answers of one token have no decode rate, and a prefill rate all the same', () => {
    const figures = benchFigures(benchOf(inARow(6, { completionTokens: 1, endedAtMs: 100, sentAtMs: 0 })))
    expect(figures.decodeRate.value).toMatchObject({ state: 'absent', reason: expect.stringContaining('second token') })
    expect(figures.tpotMs.value.state).toBe('absent')
    expect(figures.prefillRate.value).toMatchObject({ value: { value: 500 } })
  })

  test('prompts that came from a cache altogether have no prefill rate', () => {
    const { prefillRate } = benchFigures(benchOf(inARow(6, { cachedTokens: 50 })))
    expect(prefillRate.value).toMatchObject({ state: 'absent', reason: expect.stringContaining('cache') })
  })
})

test('a ratio of medians has an interval, or says what is missing', () => {
  expect(ratioOfMedians([1, 1, 1, 1, 1], [2, 2, 2, 2, 2])).toEqual(measured({ value: 2, interval: [2, 2] }))
  expect(ratioOfMedians([1], [3])).toEqual(measured({ value: 3, interval: null }))
  expect(ratioOfMedians([], [3]).state).toBe('absent')
})
