import { describe, expect, test } from 'vitest'
import { CouldNotMeasureError } from '../errors.ts'
import { clientLimits, judgeClient, type RequestRecord, startClientHealth } from './index.ts'

const healthy = { eventLoopLagP99Ms: 1, eventLoopLagMaxMs: 200, scheduleDelayP50Ms: 0.1, scheduleDelayP99Ms: 90 }
const record = (delayMs: number) => ({ scheduledAtMs: 1000, sentAtMs: 1000 + delayMs }) as RequestRecord

describe('judgeClient', () => {
  test('a healthy client is no bottleneck, up to the limits', () => {
    expect(judgeClient(healthy)).toBeNull()
    expect(judgeClient({ ...healthy, ...clientLimits })).toBeNull()
  })

  test('requests that leave late are', () => {
    const reason = judgeClient({ ...healthy, scheduleDelayP50Ms: 12 })
    expect(reason).toContain('half of the requests left 12 ms or more after their time (limit 10 ms)')
  })

  test('a blocked event loop is', () => {
    expect(judgeClient({ ...healthy, eventLoopLagP99Ms: 80 })).toContain(
      'event loop was 80 ms late at p99 (limit 50 ms)',
    )
  })

  test('both are said', () => {
    expect(judgeClient({ ...healthy, scheduleDelayP50Ms: 12, eventLoopLagP99Ms: 80 })).toMatch(
      /half of .* and the client's/,
    )
  })
})

describe('startClientHealth', () => {
  const looks = () => new Promise(resolve => setTimeout(resolve, 60))

  test('sees schedule delays', async () => {
    using health = startClientHealth()
    for (const delayMs of [1, 2, 3, 4, 100]) health.observe(record(delayMs))
    await expect.poll(() => health.read().scheduleDelayP50Ms).toBeCloseTo(3, 1)
    expect(health.read().scheduleDelayP99Ms).toBeCloseTo(100, 0)
  })

  test('sees a blocked event loop', async () => {
    using health = startClientHealth()
    health.observe(record(0))
    await looks()
    const until = performance.now() + 150
    while (performance.now() < until);
    await looks()
    expect(health.read().eventLoopLagMaxMs).toBeGreaterThan(100)
  })

  test('says nothing where nothing was seen', () => {
    using health = startClientHealth()
    expect(() => health.read()).toThrow(CouldNotMeasureError)
  })
})
