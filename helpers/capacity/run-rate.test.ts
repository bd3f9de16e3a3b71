import { describe, expect, test } from 'vitest'
import type { ConfigurationRun, FinishedBlock, RanThrough } from '../batch-inference/configuration-run.ts'
import { absent } from '../measured.ts'
import { seededRandom } from '../statistics/index.ts'
import { rateOf, tokenRateOf } from './index.ts'

/** Blocks of ten requests and 1,000 tokens that end after one another, each taking so long. */
const blocksOf = (times: readonly number[]): FinishedBlock[] => {
  let endMs = 0
  return times.map(ms => {
    endMs += ms
    return { endMs, requests: 10, completionTokens: 1000 }
  })
}

const configuration: ConfigurationRun['configuration'] = {
  name: 'baseline-10x2',
  category: 'baseline',
  model: { name: 'qwen2.5-0.5b', tensorParallelSize: 1 },
  inference: { batchSize: 10, concurrency: 2, gpuMemoryUtilization: 0.9, maxTokens: 100 },
  data: { samples: 100, promptTokens: 128 },
}

function runOf(outcome: ConfigurationRun['outcome']): ConfigurationRun {
  return { configuration, planned: configuration, ranOn: 'http', scale: 1, remarks: [], outcome }
}

function ran(blocks: FinishedBlock[], more: Partial<RanThrough> = {}): ConfigurationRun {
  const completed = blocks.reduce((sum, { requests }) => sum + requests, 0)
  return runOf({
    state: 'ran',
    atOnce: 4,
    durationMs: Math.max(0, ...blocks.map(({ endMs }) => endMs)),
    startUpMs: 0,
    completed,
    failed: 0,
    failures: {},
    promptTokens: 128 * completed,
    completionTokens: 100 * completed,
    blocks,
    accounts: { missing: [], twice: [], unknown: [] },
    peakMemory: absent('not asked'),
    disturbance: null,
    ...more,
  })
}

const intervalOf = (rate: ReturnType<typeof rateOf>): readonly [number, number] => {
  if (rate.state === 'absent' || rate.value.interval === null) return expect.unreachable('there is an interval')
  return rate.value.interval
}

const TWENTY = Array.from({ length: 20 }, () => 1000)

describe('the rate of a run', () => {
  test('is what completed in its whole time', () => {
    // The last second is spent on requests that fail.
    const run = ran(blocksOf(TWENTY), { durationMs: 25_000, failed: 3 })
    expect(rateOf(run)).toMatchObject({ state: 'measured', value: { value: 8 } })
    expect(tokenRateOf(run)).toMatchObject({ state: 'measured', value: { value: 800 } })
    expect(intervalOf(rateOf(run))[0]).toBeCloseTo(8)
  })

  test('has an interval as narrow as its blocks are alike', () => {
    const even = intervalOf(rateOf(ran(blocksOf(TWENTY))))
    expect(even[0]).toBeCloseTo(10)
    expect(even[1]).toBeCloseTo(10)
    // Pairs of blocks end together, two are outstanding: as many requests in each pair's time.
    const waves = intervalOf(rateOf(ran(blocksOf(TWENTY.map((_, i) => (i % 2 === 0 ? 1990 : 10))))))
    expect(waves[0]).toBeCloseTo(10)
    expect(waves[1]).toBeCloseTo(10)
    const uneven = intervalOf(rateOf(ran(blocksOf(TWENTY.map((_, i) => (i % 5 === 0 ? 3000 : 500))))))
    expect(uneven[0]).toBeLessThan(9)
    expect(uneven[1]).toBeGreaterThan(11)
  })

  test('takes no group smaller than a wave of what is worked on at the same time', () => {
    // Ten of 60 requests end at almost the same time: single blocks of them would tell of nothing but the wave.
    const waves = blocksOf(Array.from({ length: 60 }, (_, i) => (i % 10 === 0 ? 991 : 1))).map(block => ({
      ...block,
      requests: 1,
    }))
    const rates = rateOf(ran(waves, { completed: 60, atOnce: 10 }))
    expect(intervalOf(rates)[0]).toBeCloseTo(10)
    expect(intervalOf(rates)[1]).toBeCloseTo(10)
  })

  test('has none of fewer than five groups', () => {
    expect(rateOf(ran(blocksOf([1000, 1000, 1000, 1000])))).toMatchObject({ value: { value: 10, interval: null } })
    expect(rateOf(ran(blocksOf([1000, 1000, 1000, 1000, 1000]))).state).toBe('measured')
    expect(intervalOf(rateOf(ran(blocksOf([1000, 1000, 1000, 1000, 1000]))))[0]).toBeCloseTo(10)
  })

  test('has none where all blocks end together: nothing tells them apart', () => {
    expect(rateOf(ran(blocksOf([1000, 0, 0, 0, 0, 0])))).toMatchObject({ value: { value: 60, interval: null } })
  })

  test('does not mind in which order blocks come, nor that some end together', () => {
    const blocks = blocksOf(TWENTY.map((_, i) => (i % 4 === 0 ? 3000 : i % 4 === 1 ? 0 : 500)))
    const run = ran(blocks)
    expect(rateOf(ran(blocks.toReversed()))).toEqual(rateOf(run))
    expect(intervalOf(rateOf(run)).every(Number.isFinite)).toBe(true)
  })

  test('is absent where nothing ran, or nothing completed, with the reason', () => {
    expect(rateOf(runOf({ state: 'not run', reason: 'no GPU' }))).toEqual(absent('no GPU'))
    expect(rateOf(runOf({ state: 'failed', kind: 'timeout', message: 'no answer in 5 s' }))).toEqual(
      absent('timeout: no answer in 5 s'),
    )
    expect(rateOf(ran([], { failed: 20, durationMs: 100 }))).toEqual(absent('none of 20 requests completed'))
  })
})

test('the interval holds the true rate nearly as often as it says: 40 blocks of random time, 300 runs', () => {
  const random = seededRandom(7)
  let held = 0
  for (let run = 0; run < 300; run++) {
    // 500 to 1,500 ms for ten requests: 10 a second.
    const [low, high] = intervalOf(rateOf(ran(blocksOf(Array.from({ length: 40 }, () => 500 + 1000 * random())))))
    if (low <= 10 && 10 <= high) held++
  }
  // 95 % are meant; the percentile bootstrap of twenty pairs is a little too narrow.
  expect(held / 300).toBeGreaterThan(0.88)
  expect(held / 300).toBeLessThan(0.99)
})
