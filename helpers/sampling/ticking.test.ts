import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startTicking } from './ticking.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

test('ticks come at multiples of the period; lateness does not add up, and missed ones are left out', () => {
  const ticks: number[] = []
  // The second tick takes 234 ms, as it does when the machine is busy.
  let blockedMs = 0
  const ticking = startTicking(
    100,
    () => Date.now() + blockedMs,
    atMs => {
      ticks.push(atMs)
      if (ticks.length === 2) blockedMs = 234
    },
  )
  vi.advanceTimersByTime(500)
  expect(ticks).toEqual([100, 200, 500, 600, 700])
  ticking.stop()
  vi.advanceTimersByTime(500)
  expect(ticks).toHaveLength(5)
})
