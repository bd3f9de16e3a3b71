import { expect, test } from 'vitest'
import type { CompletedRecord } from '../load/index.ts'
import { type Bench, ratesTogether } from './index.ts'

/** One request after the other, each with a token every `everyMs`. */
function bench(startMs: number, endMs: number, everyMs: number, tokensAnEvent = 1): Bench {
  const arrivalsMs = Array.from({ length: Math.floor((endMs - startMs) / everyMs) }, (_, i) => (i + 0.5) * everyMs)
  const record = {
    state: 'completed',
    sentAtMs: startMs,
    endedAtMs: endMs,
    arrivalsMs,
    completionTokens: arrivalsMs.length * tokensAnEvent,
  } as CompletedRecord
  const plan = { promptTokens: 1, outputTokens: 1, concurrency: 1, requests: 1 }
  return { model: 'm', plan, startMs, endMs, completed: [record], failed: [], disturbance: null }
}

test('a steady bench has the same rate in every slice', () => {
  expect(ratesTogether([bench(0, 1000, 10)], 5)).toEqual([100, 100, 100, 100, 100])
})

test('benches that overlap are added up where both run, and only there', () => {
  expect(ratesTogether([bench(0, 1000, 10), bench(200, 2000, 20)], 4)).toEqual([150, 150, 150, 150])
})

test('an event of several tokens counts them all', () => {
  expect(ratesTogether([bench(0, 1000, 100, 4)], 2)).toEqual([40, 40])
})

test('without a time in which all run there is no rate', () => {
  expect(ratesTogether([bench(0, 100, 10), bench(100, 200, 10)], 4)).toEqual([])
  expect(ratesTogether([], 4)).toEqual([])
})
