import { expect, test } from 'vitest'
import { CircuitBreaker } from './index.ts'

const limits = { window: 10, leastRequests: 4, failedShare: 0.5 }

/** `+` succeeds, `-` fails; resolves with after how many it tripped. */
function trippedAfter(outcomes: string): number | null {
  const breaker = new CircuitBreaker(limits)
  for (const [index, outcome] of [...outcomes].entries()) {
    if (outcome === '+') breaker.succeeded()
    else breaker.failed('timeout', 'stall: nothing came')
    if (breaker.trip !== null) return index + 1
  }
  return null
}

test.for<[string, string, number | null]>([
  ['nothing fails', '++++++++++++', null],
  ['everything fails, and it waits for the least number', '--------', 4],
  ['the limit itself is allowed', '+-+-+-+-+-+-+-', null],
  ['one more is not', '+-+--', 5],
  ['a good beginning counts no longer when it has left the window', '+++++++++++++------', 19],
  ['failures that are spread thin over a long run never trip', '+++-'.repeat(50), null],
])('%s', ([, outcomes, after]) => {
  expect(trippedAfter(outcomes)).toBe(after)
})

test('it says why, by the kind of most failures', () => {
  const breaker = new CircuitBreaker(limits)
  breaker.failed('timeout', 'stall: nothing for 2 s')
  breaker.failed('memory exhaustion', 'http-status: HTTP 500: out of memory')
  breaker.failed('memory exhaustion', 'http-status: HTTP 500: another')
  breaker.succeeded()
  expect(breaker.trip).toEqual({
    kind: 'memory exhaustion',
    reason:
      'the circuit breaker stopped it after 4 requests: 3 of the last 4 requests failed (limit 50 %); the first: http-status: HTTP 500: out of memory',
  })
})

test('what comes after the trip changes nothing', () => {
  const breaker = new CircuitBreaker(limits)
  for (let i = 0; i < 4; i++) breaker.failed('timeout', 'stall')
  const { trip } = breaker
  for (let i = 0; i < 40; i++) breaker.succeeded()
  expect(breaker.trip).toBe(trip)
})

test('the default trips at more than half of the last 100, and not before 20', () => {
  const breaker = new CircuitBreaker()
  for (let i = 0; i < 19; i++) breaker.failed('unknown', 'x')
  expect(breaker.trip).toBeNull()
  breaker.failed('unknown', 'x')
  expect(breaker.trip).not.toBeNull()
})
