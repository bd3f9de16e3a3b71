import { describe } from 'vitest'
import { count, expect, percent, test as perfTest, sizes, skipAsNotApplicable } from '../../helpers/index.ts'
import { whyNoSwapping } from '../../helpers/lab/index.ts'
import { measureRealWorld } from './real-world-study.ts'

const models = { small: 'qwen2.5-0.5b', medium: 'qwen2.5-1.5b', large: 'qwen2.5-3b', smallInMix: 2, instances: 3 }
/** The plan says "evenly" and names no number. */
const even = percent(20)

const size = sizes({
  full: {
    contextTokens: 2048,
    slots: 4,
    promptTokens: 128,
    outputTokens: 64,
    trace: { requests: 200, exponent: 1, concurrency: 4 },
    requestsPerTask: 40,
    balancedRequests: 120,
    answersAroundDeath: 10,
  },
  standard: {
    contextTokens: 512,
    slots: 2,
    promptTokens: 64,
    outputTokens: 16,
    trace: { requests: 40, exponent: 1, concurrency: 2 },
    requestsPerTask: 16,
    balancedRequests: 72,
    answersAroundDeath: 5,
  },
  quick: {
    contextTokens: 256,
    slots: 2,
    promptTokens: 32,
    outputTokens: 8,
    trace: { requests: 12, exponent: 1, concurrency: 2 },
    requestsPerTask: 8,
    balancedRequests: 72,
    answersAroundDeath: 3,
  },
})

const test = perfTest.extend('scenarios', { scope: 'file' }, ({ lab, engine }) => {
  const reason = whyNoSwapping(lab.engine)
  if (reason !== null) skipAsNotApplicable(reason)
  return lab.study('003.real-world-scenarios', () =>
    measureRealWorld(lab, { ...models, ...size }, () => engine.restart()),
  )
})

describe('003 · strategies A and B on the same requests', () => {
  test('the model pool answers every request', ({ scenarios }) => {
    expect(scenarios.strategies.failures.pool).toBeAtMost(count(0))
  })

  test('the swap server answers every request', ({ scenarios }) => {
    expect(scenarios.strategies.failures['swap-server']).toBeAtMost(count(0))
  })

  test('how often the pool has the model already', ({ scenarios }) => {
    expect(scenarios.strategies.hitRates.pool).toBeMeasured()
  })

  test('how often the swap server has the model already', ({ scenarios }) => {
    expect(scenarios.strategies.hitRates['swap-server']).toBeMeasured()
  })

  test('how their latencies compare', ({ scenarios }) => {
    expect(scenarios.strategies.latencyRatio).toBeMeasured()
  })
})

describe('003 · 7 · multi-task serving', () => {
  test('every request of every task is answered', ({ scenarios }) => {
    expect(scenarios.tasks.failures).toBeAtMost(count(0))
  })

  test('the model that is asked for answers, and no other', ({ scenarios }) => {
    expect(scenarios.tasks.misdirected).toBeAtMost(count(0))
  })
})

describe('003 · 8 · load balancing', () => {
  test('every request is answered', ({ scenarios }) => {
    expect(scenarios.balance.failures).toBeAtMost(count(0))
  })

  test('the load is spread evenly over the instances', ({ scenarios }) => {
    expect(scenarios.balance.unevenness).toStayBelow(even)
  })
})

describe('003 · 9 · failover', () => {
  test('a model whose process dies answers again', ({ scenarios }) => {
    expect(scenarios.failover.answersAfterwards).toReach(count(size.answersAroundDeath))
  })

  test('how long that takes', ({ scenarios }) => {
    expect(scenarios.failover.recoveryTime).toBeMeasured()
  })

  test('only requests that were in flight on it are lost', ({ scenarios }) => {
    expect(scenarios.failover.otherFailures).toBeAtMost(count(0))
  })

  test('requests to other models do not fail', ({ scenarios }) => {
    expect(scenarios.failover.failuresElsewhere).toBeAtMost(count(0))
  })
})
