import { describe } from 'vitest'
import { DAY_MS } from '../../helpers/capacity/index.ts'
import { beforeAndAfter, type ConfigurationCategory, ofCategory } from '../../helpers/configurations/index.ts'
import { count, expect, percent, test as perfTest, sizes } from '../../helpers/index.ts'
import { plannedConfigurations } from './over-http-plan.ts'
import { measureOverHttp } from './over-http-study.ts'

/** 100,000 requests within 24 hours. */
const sla = { slaRequests: 100_000, slaWindowMs: DAY_MS }
const everything = Number.POSITIVE_INFINITY

const plan = {
  ...sla,
  configurations: plannedConfigurations(),
  ...sizes({
    full: {
      batchDivisor: 1,
      samples: everything,
      largeModelSamples: everything,
      promptTokens: everything,
      maxTokens: everything,
      slots: 512,
    },
    standard: { batchDivisor: 4, samples: 256, largeModelSamples: 32, promptTokens: 64, maxTokens: 32, slots: 16 },
    quick: { batchDivisor: 32, samples: 48, largeModelSamples: 8, promptTokens: 8, maxTokens: 4, slots: 8 },
  }),
}

const test = perfTest.extend('batch', { scope: 'file' }, ({ lab, engine }) =>
  lab.study('002.over-http', () => measureOverHttp(lab, plan, () => engine.restart())),
)

const categories: { title: string; category: ConfigurationCategory }[] = [
  { title: 'baseline', category: 'baseline' },
  { title: 'high concurrency', category: 'concurrency' },
  { title: 'large models', category: 'large model' },
  { title: 'stress', category: 'stress' },
  { title: 'SLA', category: 'sla' },
  { title: 'optimisations, before and after', category: 'before and after' },
  { title: 'stress with less memory', category: 'memory-optimised' },
]
const present = categories.filter(({ category }) => ofCategory(plan.configurations, category).length > 0)

describe.for(present)('002 · $title', ({ category }) => {
  const configurations = ofCategory(plan.configurations, category)

  test.for(configurations)('$name succeeds', ({ name }, { batch }) => {
    expect(batch.of(name).success).toReach(percent(100))
  })

  test.for(configurations)('throughput of $name', ({ name }, { batch }) => {
    expect(batch.of(name).throughput).toBeMeasured()
    expect(batch.of(name).tokenRate).toBeMeasured()
  })

  test.for(configurations)('peak memory of $name', ({ name }, { batch }) => {
    expect(batch.of(name).peakMemory).toBeMeasured()
  })
})

const growing = [...ofCategory(plan.configurations, 'baseline'), ...ofCategory(plan.configurations, 'concurrency')]

describe.runIf(growing.length > 0)('002 · scaling against linear', () => {
  test.for(growing)('of $name', ({ name }, { batch }) => {
    expect(batch.scalingOf(name)).toBeMeasured()
  })
})

const changes = beforeAndAfter(plan.configurations)

describe.runIf(changes.length > 0)('002 · what the optimisations gain', () => {
  test.for(changes)('$change', ({ change }, { batch }) => {
    expect(batch.gainOf(change)).toBeMeasured()
  })
})

describe('002 · service level', () => {
  test('100,000 requests are done within 24 hours', ({ batch }) => {
    expect(batch.slaMargin).toReach(percent(0), { wholeModel: true })
  })
})

describe('002 · production readiness', () => {
  test('as many rows come out as go in, by their ids', ({ batch }) => {
    expect(batch.unaccounted).toBeAtMost(count(0))
  })

  test('every request is in the log', ({ batch }) => {
    expect(batch.missingInLog).toBeAtMost(count(0))
  })

  test('GPU utilisation in a ramp-up', ({ batch }) => {
    expect(batch.gpuUtilisation).toBeMeasured()
  })

  test('recommended configurations, as files that run again', ({ batch }) => {
    expect(batch.recommended).toBeMeasured()
  })
})
