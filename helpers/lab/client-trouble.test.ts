import { expect, test } from 'vitest'
import { clientTrouble } from './client-trouble.ts'

const healthy = { eventLoopLagP99Ms: 1, eventLoopLagMaxMs: 2, scheduleDelayP50Ms: 0.1, scheduleDelayP99Ms: 1 }
const late = { ...healthy, eventLoopLagP99Ms: 80 }
const of = (health: typeof healthy) => ({ read: () => health })

test('a healthy client is no trouble', () => {
  expect(clientTrouble(of(healthy), 60_000)).toBeNull()
})

test('a late one is certain after seconds, and a suspicion before', () => {
  const reason = expect.stringContaining('80 ms late at p99')
  expect(clientTrouble(of(late), 60_000)).toEqual({ reason, isCertain: true })
  expect(clientTrouble(of(late), 1000)).toEqual({ reason, isCertain: false })
})

test('of a load that was over at once nothing is asked', () => {
  const health = {
    read(): never {
      throw new Error('nothing was seen')
    },
  }
  expect(clientTrouble(health, 20)).toBeNull()
})
