import { describe } from 'vitest'
import {
  count,
  expect,
  gibibytes,
  mebibytes,
  mebibytesPerSecond,
  percent,
  test as perfTest,
  seconds,
  sizes,
} from '../../helpers/index.ts'
import { measureLargeModels } from './large-models-study.ts'

const allModels = ['qwen2.5-0.5b', 'qwen2.5-1.5b', 'qwen2.5-3b', 'qwen2.5-7b', 'llama-3.1-8b']

/** So much memory and file, in a memory group that holds less, gone over so many times. */
const paging = (anonymousMib: number, rounds: number, limitMs: number) => ({
  swapping: {
    anonymousBytes: mebibytes(anonymousMib).value,
    fileBytes: 0,
    limitBytes: mebibytes(0.75 * anonymousMib).value,
    rounds,
    limitMs,
  },
  mixed: {
    anonymousBytes: mebibytes(anonymousMib).value,
    fileBytes: mebibytes(anonymousMib / 2).value,
    limitBytes: mebibytes(anonymousMib).value,
    rounds,
    limitMs,
  },
})

const plan = sizes({
  full: {
    models: allModels,
    bench: { promptTokens: 512, outputTokens: 128, concurrency: 2, requests: 40 },
    take: 'nearly all' as const,
    paging: paging(1024, 10, 60_000),
  },
  standard: {
    models: allModels,
    bench: { promptTokens: 128, outputTokens: 32, concurrency: 2, requests: 12 },
    take: 'nearly all' as const,
    paging: paging(256, 10, 20_000),
  },
  quick: {
    models: allModels.filter(model => model !== 'qwen2.5-1.5b'),
    bench: { promptTokens: 16, outputTokens: 4, concurrency: 2, requests: 8 },
    take: { takeBytes: gibibytes(0.25).value },
    paging: paging(32, 6, 1500),
  },
})

const test = perfTest.extend('study', { scope: 'file' }, ({ lab }) =>
  lab.study('000.large-models', () =>
    measureLargeModels(lab, { ...plan, sizes: plan.models, pair: 'qwen2.5-3b', pressed: 'qwen2.5-7b' }),
  ),
)

describe('000 · 4B large models: Qwen2.5 7B, Llama 3.1 8B, 2 × 3B at once', () => {
  test('7B loads in less than 60 s', ({ study }) => {
    expect(study.loads.loadTimes['qwen2.5-7b']).toStayBelow(seconds(60), { wholeModel: true })
  })

  test('Llama 3.1 8B loads', ({ study }) => {
    expect(study.loads.loadTimes['llama-3.1-8b']).toBeMeasured()
  })

  test('load time against size is measured, cold and warm', ({ study }) => {
    expect(study.loads.perGibCold).toBeMeasured()
    expect(study.loads.perGibWarm).toBeMeasured()
    expect(study.loads.fitQuality).toBeMeasured()
  })

  test('2 × 3B answer at once', ({ study }) => {
    expect(study.pair.answering).toReach(count(2))
  })

  test('fragmentation is measured before and after both are loaded', ({ study }) => {
    expect(study.pair.fragmentationBefore).toBeMeasured()
    expect(study.pair.fragmentationAfter).toBeMeasured()
  })

  test('is stable under memory pressure: no request fails', ({ study }) => {
    expect(study.pressure.failures).toBeAtMost(count(0))
  })

  test('what memory pressure costs is measured', ({ study }) => {
    expect(study.pressure.slowdown).toBeMeasured()
  })

  test('more than 90 % of the memory is used before swapping begins', ({ study }) => {
    expect(study.paging.usedBeforeSwap).toReach(percent(90))
  })

  test('throughput when swapping is measured', ({ study }) => {
    expect(study.paging.throughput).toBeMeasured()
  })

  test('swaps at more than 200 MB/s', ({ study }) => {
    expect(study.paging.nvmeThroughput).toReach(mebibytesPerSecond(200))
  })
})

describe('000 · swap configuration: swap file with swappiness 10, 60, 100, and zram', () => {
  for (const configuration of ['file-10', 'file-60', 'file-100', 'zram-100']) {
    test(`the time of a pass over more memory than there is, ${configuration}, is measured`, ({ study }) => {
      expect(study.paging.roundTimes[configuration]).toBeMeasured()
    })
  }
})
