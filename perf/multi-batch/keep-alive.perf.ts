import { describe } from 'vitest'
import { expect, test as perfTest, seconds, sizes } from '../../helpers/index.ts'

const plan = sizes({
  full: { pauses: 3, pauseMs: 600_000, keepAliveSeconds: 300, chunk: 88, promptTokens: 512, outputTokens: 128 },
  standard: { pauses: 3, pauseMs: 30_000, keepAliveSeconds: 30, chunk: 88, promptTokens: 512, outputTokens: 128 },
  quick: { pauses: 2, pauseMs: 1000, keepAliveSeconds: 4, chunk: 22, promptTokens: 64, outputTokens: 16 },
})

const model = { id: '001.keep-alive', model: 'qwen2.5-0.5b', role: 'small' }
const { pauses, keepAliveSeconds, ...idle } = plan

const test = perfTest
  .extend('batches', { scope: 'file' }, ({ load }) =>
    load.batches({ ...model, ...idle, batches: pauses + 1, requestsPerBatch: plan.chunk }),
  )
  .extend('expiry', { scope: 'file' }, ({ load }) => load.expiry({ ...model, keepAliveSeconds }))

describe(`001 · keep-alive, idle for ${pauses} × ${idle.pauseMs / 1000} s`, () => {
  test('a model that is kept for ever stays loaded over the pauses, without a reload delay', ({ batches }) => {
    expect(batches).toStayLoaded()
  })
})

describe(`001 · keep-alive of ${keepAliveSeconds} s`, () => {
  test('the model stays loaded until then', ({ expiry }) => {
    expect(expiry).toStayLoadedUntilExpiry()
  })

  test('the model is gone afterwards', ({ expiry }) => {
    expect(expiry).toBeGoneAfterExpiry({ within: seconds(5) })
  })
})
