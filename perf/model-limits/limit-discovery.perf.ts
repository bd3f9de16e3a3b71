import { describe } from 'vitest'
import { expect, percent, test as perfTest, sizes } from '../../helpers/index.ts'
import { discoverLimits } from './limit-study.ts'

/** Of the plan's 7.4 GB, 5.5 are for models. */
const budgetBytes = 5.5 * 2 ** 30
const models = {
  budgetBytes,
  small: 'qwen2.5-0.5b',
  large: 'qwen2.5-3b',
  longContext: 'qwen2.5-7b',
  ttftLimitMs: 2000,
  readingRate: 10,
}
const allSizes = ['qwen2.5-0.5b', 'qwen2.5-1.5b', 'qwen2.5-3b', 'qwen2.5-7b']

const plan = sizes({
  full: {
    ...models,
    sizes: allSizes,
    contextTokens: 4096,
    mostInstances: 64,
    promptTokens: 512,
    outputTokens: 128,
    requests: 130,
    mostConcurrent: 64,
    cageLimitMs: 600_000,
  },
  standard: {
    ...models,
    sizes: allSizes,
    contextTokens: 2048,
    mostInstances: 32,
    promptTokens: 128,
    outputTokens: 32,
    requests: 22,
    mostConcurrent: 16,
    cageLimitMs: 120_000,
  },
  quick: {
    ...models,
    longContext: 'qwen2.5-3b',
    sizes: allSizes.slice(0, 3),
    contextTokens: 512,
    mostInstances: 16,
    promptTokens: 64,
    outputTokens: 8,
    requests: 11,
    mostConcurrent: 16,
    cageLimitMs: 6000,
  },
})

const test = perfTest.extend('limits', { scope: 'file' }, ({ lab }) =>
  lab.study('000.limit-discovery', () => discoverLimits(lab, plan)),
)

describe('000 · limits of memory', () => {
  test('6 or more small models, or 2 or more large ones, at once', ({ limits }) => {
    expect(limits.atOnce).toReach(percent(100))
  })

  test('how many small models at once', ({ limits }) => {
    expect(limits.small).toBeMeasured()
  })

  test('how many large models at once', ({ limits }) => {
    expect(limits.large).toBeMeasured()
  })

  test('the largest model that loads', ({ limits }) => {
    expect(limits.largestModel).toBeMeasured()
  })

  test('the largest context', ({ limits }) => {
    expect(limits.largestContext).toBeMeasured()
  })

  test('how often it was said rightly whether a load fits', ({ limits }) => {
    expect(limits.right).toBeMeasured()
  })
})

describe('000 · limits of speed', () => {
  test('the largest load with which the first token comes in time', ({ limits }) => {
    expect(limits.load.concurrency).toBeMeasured()
  })

  test('the best trade-off of speed against size', ({ limits }) => {
    expect(limits.tradeOff).toBeMeasured()
  })

  test('the bottleneck: memory for contexts, or time to compute', ({ limits }) => {
    expect(limits.bottleneck).toBeMeasured()
  })
})
