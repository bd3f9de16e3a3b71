import { expect, test } from 'vitest'
import type { CompletedRecord } from '../load/index.ts'
import { seededRandom } from '../statistics/index.ts'
import { interTokenLatency } from './swap-latency.ts'

/** An answer whose tokens come after these gaps. */
function answer(gapsMs: readonly number[]): CompletedRecord {
  const arrivalsMs = [30]
  for (const gap of gapsMs) arrivalsMs.push((arrivalsMs.at(-1) ?? 0) + gap)
  const endMs = arrivalsMs.at(-1) ?? 0
  return {
    id: 'x',
    batch: 0,
    chunk: 0,
    scheduledAtMs: 0,
    sentAtMs: 0,
    endedAtMs: endMs,
    state: 'completed',
    finishReason: 'length',
    ttftMs: 30,
    ttfotMs: 30,
    arrivalsMs,
    promptTokens: 8,
    completionTokens: arrivalsMs.length,
    cachedTokens: null,
    timings: null,
  }
}

const steady = (count: number, gapMs: number) => Array.from({ length: count }, () => answer(Array(10).fill(gapMs)))

test('a load that is slowed down by half is, whatever its first tokens', () => {
  expect(interTokenLatency(steady(6, 10), steady(8, 15))).toEqual({
    state: 'measured',
    value: {
      quietMs: 10,
      busyMs: 15,
      ratio: { value: 1.5, interval: [1.5, 1.5] },
      longestQuietMs: 10,
      longestBusyMs: 15,
      n: 14,
    },
  })
})

test('one stall is in the mean, in the longest gap and in the interval', () => {
  const stalled = [...steady(9, 10), answer([...Array(9).fill(10), 910])]
  const found = interTokenLatency(steady(10, 10), stalled)
  expect(found).toMatchObject({ value: { busyMs: 19, longestBusyMs: 910 } })
  const [low, high] = (found.state === 'measured' && found.value.ratio.interval) || []
  expect(low).toBe(1)
  expect(high).toBeGreaterThan(2.5)
})

test('answers that differ from each other more than their tokens do make the interval as wide', () => {
  const random = seededRandom(7)
  const uneven = () => Array.from({ length: 20 }, () => answer(Array(200).fill(8 + 4 * random())))
  const found = interTokenLatency(uneven(), uneven())
  const [low = 1, high = 1] = (found.state === 'measured' && found.value.ratio.interval) || []
  // Of 20 answers whose rates spread by 11 %: 3.6 % standard error of the ratio. 4,000 tokens would make it 0.3 %.
  expect(high - low).toBeGreaterThan(0.08)
  expect(high - low).toBeLessThan(0.25)
})

test('too few answers, or answers of one token, are not compared', () => {
  expect(interTokenLatency(steady(4, 10), steady(9, 10))).toEqual({
    state: 'absent',
    reason: '4 and 9 answers of two tokens or more to compare; it takes 5 each',
  })
  expect(interTokenLatency(steady(9, 10), [answer([]), answer([])])).toMatchObject({ state: 'absent' })
})
