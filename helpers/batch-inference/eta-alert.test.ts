import { expect, test } from 'vitest'
import { EtaAlert } from './index.ts'

const HOUR_MS = 3_600_000

function alertOf(total: number) {
  const told: string[] = []
  const alert = new EtaAlert({ name: 'sla-256x4', total, windowMs: 24 * HOUR_MS, tell: line => void told.push(line) })
  return { alert, told }
}

test('a batch that takes 48 h of its 24 is told of once, as soon as that is known', () => {
  const { alert, told } = alertOf(100_000)
  alert.observe({ done: 1, inFlight: 64, elapsedMs: HOUR_MS / 1000 })
  expect(told).toEqual([])
  for (let hour = 1; hour <= 5; hour++)
    alert.observe({ done: (100_000 * hour) / 48, inFlight: 64, elapsedMs: hour * HOUR_MS })
  expect(told).toEqual([
    expect.stringMatching(/^ALERT {2}sla-256x4 will miss its window by 23\.\d h: done after 47\.\d h$/),
  ])
  expect(alert.line).toBe(told[0]?.replace('ALERT  ', ''))
})

test('one that takes 12 h is not', () => {
  const { alert, told } = alertOf(100_000)
  for (let hour = 1; hour <= 12; hour++)
    alert.observe({ done: (100_000 * hour) / 12, inFlight: 64, elapsedMs: hour * HOUR_MS })
  expect(told).toEqual([])
  expect(alert.line).toBeNull()
})

test('one that does nothing at all is, when it is plain that it will not be done', () => {
  const { alert, told } = alertOf(1000)
  alert.observe({ done: 0, inFlight: 8, elapsedMs: 20 * HOUR_MS })
  expect(told).toHaveLength(1)
})
