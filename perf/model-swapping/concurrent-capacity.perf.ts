import { describe } from 'vitest'
import { count, expect, gibibytes, test as perfTest, sizes, skipAsNotApplicable } from '../../helpers/index.ts'
import { whyNoSwapping } from '../../helpers/lab/index.ts'
import { measureCapacity } from './capacity-study.ts'

const budget = gibibytes(5)
const small = 'qwen2.5-0.5b'
const large = 'qwen2.5-3b'
const smallInMix = 2

const size = sizes({
  full: { mostInstances: 8, contextTokens: 2048, promptTokens: 128, outputTokens: 32 },
  standard: { mostInstances: 8, contextTokens: 512, promptTokens: 64, outputTokens: 16 },
  quick: { mostInstances: 6, contextTokens: 256, promptTokens: 16, outputTokens: 4 },
})

const test = perfTest.extend('capacity', { scope: 'file' }, ({ lab }) => {
  const reason = whyNoSwapping(lab.engine)
  if (reason !== null) skipAsNotApplicable(reason)
  return lab.study('003.concurrent-capacity', () =>
    measureCapacity(lab, { ...size, budgetBytes: budget.value, small, large, smallInMix }),
  )
})

describe('003 · 1 · multi-small concurrent', () => {
  test(`5 × ${small} answer at the same time within 5 GiB`, ({ capacity }) => {
    expect(capacity.instances).toReach(count(5))
  })
})

describe('003 · 2 · mixed size portfolio', () => {
  test(`1 × ${large} and ${smallInMix} × ${small} answer at the same time`, ({ capacity }) => {
    expect(capacity.mixed).toReach(count(1 + smallInMix))
  })

  test('what they take together of 5 GiB', ({ capacity }) => {
    expect(capacity.mixedMemory).toBeMeasured()
  })
})

describe('003 · 3 · memory pressure points', () => {
  test('with how many instances eviction or failure starts', ({ capacity }) => {
    expect(capacity.pressureInstances).toBeMeasured()
  })

  test('with how much memory', ({ capacity }) => {
    expect(capacity.pressureBytes).toBeMeasured()
  })

  test('how many instances the engine holds before it evicts or refuses by itself', ({ capacity }) => {
    expect(capacity.engineLimit).toBeMeasured()
  })
})
