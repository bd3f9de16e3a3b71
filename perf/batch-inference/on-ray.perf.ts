import { describe } from 'vitest'
import { count, expect, percent, test as perfTest, sizes } from '../../helpers/index.ts'
import { configurationsOnRay } from './on-ray-configurations.ts'
import { measureOnRay } from './on-ray-study.ts'

const everything = Number.POSITIVE_INFINITY

const plan = {
  configurations: configurationsOnRay(),
  ...sizes({
    full: {
      batchDivisor: 1,
      samples: everything,
      largeModelSamples: everything,
      promptTokens: everything,
      maxTokens: everything,
    },
    standard: { batchDivisor: 4, samples: 256, largeModelSamples: 32, promptTokens: 64, maxTokens: 32 },
    quick: { batchDivisor: 16, samples: 64, largeModelSamples: 8, promptTokens: 8, maxTokens: 4 },
  }),
}

const test = perfTest.extend('ray', { scope: 'file' }, ({ lab }) =>
  lab.study('002.on-ray', () => measureOnRay(lab, plan)),
)

describe.for(plan.configurations)('002 · Ray Data and vLLM · $name', ({ name }) => {
  test('every request succeeds', ({ ray }) => {
    expect(ray.of(name).success).toReach(percent(100))
  })

  test('as many rows come out as go in, by their ids', ({ ray }) => {
    expect(ray.of(name).accountedFor).toBeAtMost(count(0))
  })

  test('throughput', ({ ray }) => {
    expect(ray.of(name).throughput).toBeMeasured()
    expect(ray.of(name).tokenRate).toBeMeasured()
  })

  test('time until rows go in', ({ ray }) => {
    expect(ray.of(name).startUp).toBeMeasured()
  })

  test('peak memory', ({ ray }) => {
    expect(ray.of(name).peakMemory).toBeMeasured()
  })
})
