import { expect, test } from 'vitest'
import type { RequestRecord } from '../load/index.ts'
import { absent, measured } from '../measured.ts'
import { type AskedRecord, accountFailover } from './index.ts'

const base = { id: 'x', batch: 0, chunk: 0 }

function completed(model: string, sentAtMs: number, endedAtMs: number): AskedRecord {
  const record: RequestRecord = {
    ...base,
    state: 'completed',
    scheduledAtMs: sentAtMs,
    sentAtMs,
    endedAtMs,
    finishReason: 'length',
    ttftMs: 1,
    ttfotMs: 1,
    arrivalsMs: [1],
    promptTokens: 1,
    completionTokens: 1,
    cachedTokens: null,
    timings: null,
  }
  return { model, record }
}

function failed(model: string, sentAtMs: number, endedAtMs: number): AskedRecord {
  const record: RequestRecord = {
    ...base,
    state: 'failed',
    scheduledAtMs: sentAtMs,
    sentAtMs,
    endedAtMs,
    failure: 'proxy-error',
    message: 'gone',
    httpStatus: 200,
    tokensSeen: 1,
  }
  return { model, record }
}

test('what was under way is lost, the model recovers, nobody else notices', () => {
  const records = [
    completed('a', 0, 50),
    failed('a', 50, 110),
    failed('a', 60, 112),
    completed('a', 400, 480),
    completed('a', 410, 600),
    completed('b', 0, 70),
    completed('b', 70, 300),
  ]
  expect(accountFailover(records, 'a', 100)).toEqual({
    inFlight: 2,
    lost: 2,
    failedOtherwise: 0,
    answeredAfterwards: 2,
    recoveryMs: measured(380),
    elsewhere: 2,
    failedElsewhere: 0,
    firstOtherFailure: null,
  })
})

test('one that was sent after the kill, before anybody could know, is lost too; one sent later is not excused', () => {
  const records = [failed('a', 50, 110), failed('a', 105, 120), failed('a', 115, 130)]
  expect(accountFailover(records, 'a', 100)).toMatchObject({
    inFlight: 2,
    lost: 2,
    failedOtherwise: 1,
    firstOtherFailure: 'x: proxy-error: gone',
    recoveryMs: absent('a answered nothing after its death'),
  })
})

test('one that was under way and survived is not lost, and its answer is no recovery', () => {
  expect(accountFailover([completed('a', 50, 150), completed('a', 160, 200)], 'a', 100)).toMatchObject({
    inFlight: 1,
    lost: 0,
    answeredAfterwards: 1,
    recoveryMs: measured(100),
  })
})

test('a failure before the kill and one of another model are told', () => {
  const records = [failed('a', 0, 50), failed('b', 80, 140), completed('a', 200, 250)]
  expect(accountFailover(records, 'a', 100)).toMatchObject({
    inFlight: 0,
    lost: 0,
    failedOtherwise: 1,
    elsewhere: 1,
    failedElsewhere: 1,
  })
})
