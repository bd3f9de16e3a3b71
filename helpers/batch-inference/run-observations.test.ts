import { expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { runObservations } from './index.ts'
import { runForTests } from './run-for-tests.ts'

test('a sound run', () => {
  const found = runObservations('002.over-http', runForTests({}))
  expect(found.success).toMatchObject({
    id: '002.over-http.success.baseline-128x2',
    measured: { value: { value: 1 } },
    n: 48,
  })
  expect(found.throughput).toMatchObject({ measured: { value: { value: 8, interval: [8, 8] } }, n: 6 })
  expect(found.tokenRate.measured).toMatchObject({ value: { value: 32 } })
  expect(found.peakMemory).toMatchObject({
    measured: { value: { value: 2 ** 28 } },
    details: ['host memory of the engine (RSS)'],
  })
  expect(found.unaccounted.measured).toEqual(measured({ value: 0, interval: null }))
})

test('single requests failed, and one was lost', () => {
  const outcome = {
    completed: 36,
    failed: 12,
    failures: { timeout: 10, unknown: 2 },
    accounts: { missing: ['a'], twice: [], unknown: [] },
  }
  const found = runObservations('002.over-http', runForTests({ outcome }))
  expect(found.success).toMatchObject({
    measured: { value: { value: 0.75 } },
    details: ['10 × timeout', '2 × unknown'],
  })
  expect(found.unaccounted.measured).toMatchObject({ value: { value: 1 } })
})

test('a disturbed host spoils rates, and not what was counted', () => {
  const found = runObservations('002.over-http', runForTests({ outcome: { disturbance: 'the host was disturbed' } }))
  expect(found.throughput.spoiledBy).toBe('the host was disturbed')
  expect(found.success.spoiledBy).toBeNull()
})

test('a run that failed as a whole has succeeded with nothing, in the words of its class', () => {
  const outcome = { state: 'failed', kind: 'memory exhaustion', message: 'no memory' } as const
  const found = runObservations('002.over-http', { ...runForTests({}), outcome })
  expect(found.success).toMatchObject({ measured: { value: { value: 0 } }, details: ['memory exhaustion: no memory'] })
  for (const each of [found.throughput, found.tokenRate, found.peakMemory, found.unaccounted])
    expect(each.measured).toEqual(absent('memory exhaustion: no memory'))
})

test('what was not run has no numbers at all, with the reason', () => {
  const outcome = { state: 'not run', reason: 'there is one GPU' } as const
  for (const each of Object.values(runObservations('002.over-http', { ...runForTests({}), outcome })))
    expect(each.measured).toEqual(absent('there is one GPU'))
})
