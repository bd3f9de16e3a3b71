import { describe } from 'vitest'
import { expect, test as perfTest, sizes } from '../../helpers/index.ts'
import { measureIsolation } from './isolation-study.ts'

const plan = sizes({
  full: { models: 3, contextTokens: 4096, promptTokens: 512, outputTokens: 128, requests: 20 },
  standard: { models: 3, contextTokens: 4096, promptTokens: 512, outputTokens: 128, requests: 10 },
  quick: { models: 3, contextTokens: 256, promptTokens: 64, outputTokens: 32, requests: 10 },
})

const test = perfTest.extend('isolation', { scope: 'file' }, ({ lab }) =>
  lab.study('003.isolation', () => measureIsolation(lab, plan)),
)

describe(`003 · ${plan.models} servers with a model each, against one server with ${plan.models}`, () => {
  test('what it costs in memory', ({ isolation }) => {
    expect(isolation.serversMemory).toBeMeasured()
  })
})

describe('003 · a container, against a process', () => {
  test('what it costs in memory', ({ isolation }) => {
    expect(isolation.containerMemory).toBeMeasured()
  })

  test('what it costs in load time', ({ isolation }) => {
    expect(isolation.containerLoadTime).toBeMeasured()
  })

  test('what it costs in speed', ({ isolation }) => {
    expect(isolation.containerTpot).toBeMeasured()
  })
})
