import { describe } from 'vitest'
import { expect, percent, test as perfTest, seconds } from 'vitest-llm-perf'

// Measured once, for all tests of this file.
const test = perfTest.extend('batches', { scope: 'file' }, ({ load }) =>
  load.batches({
    id: 'mine.evening-load',
    model: 'qwen2.5-0.5b',
    role: 'small',
    batches: 2,
    requestsPerBatch: 16,
    chunk: 4,
    promptTokens: 60,
    outputTokens: 16,
  }),
)

describe('our evening load', () => {
  test('answers everything', ({ batches }) => {
    expect(batches).toHaveSuccessRate(percent(100))
  })

  test('stays loaded', ({ batches }) => {
    expect(batches).toStayLoaded()
  })

  test('starts to answer within 20 s', ({ batches }) => {
    expect(batches).toHaveTtftBelow(seconds(20), { percentile: 50 })
  })
})
