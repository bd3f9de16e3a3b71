import { describe } from 'vitest'
import { count, expect, test as perfTest, sizes } from '../../helpers/index.ts'
import { measureConcurrency } from './concurrency-study.ts'

const plan = sizes({
  full: {
    streams: [1, 2, 4, 8, 16],
    rounds: 20,
    promptTokens: 512,
    outputTokens: 128,
    canaries: 256,
    instances: 2,
  },
  standard: {
    streams: [1, 2, 4, 8],
    rounds: 10,
    promptTokens: 256,
    outputTokens: 64,
    canaries: 64,
    instances: 2,
  },
  quick: {
    streams: [1, 2, 4, 8],
    rounds: 6,
    promptTokens: 32,
    outputTokens: 16,
    canaries: 16,
    instances: 2,
  },
})

const test = perfTest.extend('concurrency', { scope: 'file' }, ({ lab }) =>
  lab.study('000.concurrency', () => measureConcurrency(lab, plan)),
)

describe('000 · concurrent requests on one model', () => {
  test.for(plan.streams.map((streams, index) => ({ streams, index })))(
    'speed of $streams at once',
    ({ index }, { concurrency }) => {
      const at = concurrency.scaling[index]
      expect(at?.rate).toBeMeasured()
      expect(at?.tpot).toBeMeasured()
    },
  )

  test('batching raises throughput', ({ concurrency }) => {
    expect(concurrency.batchingGain).toBeMeasured()
  })

  test('each of them gets its own answer', ({ concurrency }) => {
    expect(concurrency.mixedOutputs).toBeAtMost(count(0))
  })

  test('answers that are the same as when asked alone', ({ concurrency }) => {
    expect(concurrency.equalAlone).toBeMeasured()
  })
})

describe('000 · several instances, against one with all requests', () => {
  test('what they answer together', ({ concurrency }) => {
    expect(concurrency.instancesRate).toBeMeasured()
  })
})

describe('000 · a model in parts', () => {
  test('sharding: layers split over CPU and GPU', ({ concurrency }) => {
    expect(concurrency.sharding).toBeMeasured()
  })

  test('layers on demand: what is in memory after the load', ({ concurrency }) => {
    expect(concurrency.residentAfterLoad).toBeMeasured()
  })

  test('layers on demand: what is in memory after the first answer', ({ concurrency }) => {
    expect(concurrency.residentAfterAnswer).toBeMeasured()
  })
})
