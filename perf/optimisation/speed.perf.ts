import { describe } from 'vitest'
import { expect, test as perfTest, seconds, sizes } from '../../helpers/index.ts'
import { measureSpeed } from './speed-study.ts'

const models = { loaded: 'qwen2.5-3b', answering: 'qwen2.5-0.5b' } as const
const limits = { load: seconds(30) } as const

const plan = sizes({
  full: {
    loads: 3,
    batching: { promptTokens: 256, outputTokens: 128, requests: 64, concurrency: 8 },
    prefix: { promptTokens: 2048, sharedPrefixTokens: 1920, outputTokens: 8, requests: 20 },
  },
  standard: {
    loads: 2,
    batching: { promptTokens: 128, outputTokens: 64, requests: 40, concurrency: 8 },
    prefix: { promptTokens: 1024, sharedPrefixTokens: 960, outputTokens: 4, requests: 10 },
  },
  quick: {
    loads: 2,
    batching: { promptTokens: 32, outputTokens: 16, requests: 24, concurrency: 4 },
    prefix: { promptTokens: 384, sharedPrefixTokens: 352, outputTokens: 2, requests: 8 },
  },
})

const test = perfTest.extend('study', { scope: 'file' }, ({ lab }) =>
  lab.study('000.speed', () => measureSpeed(lab, { ...models, ...plan })),
)

describe('000 · optimisation: speed', () => {
  test('3B loads in less than 30 s, cold page cache', ({ study }) => {
    expect(study.coldLoad).toStayBelow(limits.load, { wholeModel: true })
  })

  test('3B loads in less than 30 s, warm page cache', ({ study }) => {
    expect(study.warmLoad).toStayBelow(limits.load, { wholeModel: true })
  })

  test('several requests at once gain speed over one after the other', ({ study }) => {
    expect(study.batchingGain).toBeMeasured()
  })

  test('a model is loaded while another one answers', ({ study }) => {
    expect(study.loadWhileAnswering).toBeMeasured()
    expect(study.tpotWhileLoading).toBeMeasured()
  })

  test('a shared prefix is taken from the cache, and the first token comes sooner', ({ study }) => {
    expect(study.cachedShare).toBeMeasured()
    expect(study.prefixCacheGain).toBeMeasured()
  })
})
