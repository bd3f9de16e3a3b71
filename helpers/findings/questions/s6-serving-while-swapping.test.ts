import { expect, test } from 'vitest'
import { evidenceWith } from './evidence-for-tests.ts'
import { s6 } from './s6-serving-while-swapping.ts'
import { swapIds } from './swap-evidence.ts'

const ratio = {
  id: swapIds.latencyRatio,
  unit: 'ratio',
  value: 1.18,
  interval: [1.05, 1.31] as [number, number],
} as const
const failed = (value: number) => ({ id: swapIds.servingFailed, unit: 'count', value }) as const

test('answers with what failed and what it costs', () => {
  const evidence = evidenceWith([
    failed(0),
    ratio,
    { id: swapIds.longestGap, unit: 'ms', value: 62 },
    { id: swapIds.swaps, unit: 'count', value: 9 },
  ])
  expect(s6.answer(evidence)).toEqual({
    state: 'answered',
    answer:
      'Yes: no request to a qwen2.5-0.5b failed while a qwen2.5-7b was loaded and unloaded (9 times meanwhile). ' +
      'The time between its tokens is 1.18 times [1.05, 1.31] the quiet one. The longest time without a token was 62 ms.',
    evidence: [swapIds.servingFailed, swapIds.latencyRatio, swapIds.longestGap, swapIds.swaps],
    caveats: [],
  })
})

test('does not say yes when requests failed', () => {
  expect(s6.answer(evidenceWith([failed(3), ratio]))).toMatchObject({
    answer: expect.stringMatching(/^Not all: 3 requests to a qwen2\.5-0\.5b failed/),
  })
})

test('is open with the reason of the run, or the command', () => {
  expect(s6.answer(evidenceWith([]))).toEqual({ state: 'open', needs: expect.stringContaining('npx vitest run') })
  const reasons = { [swapIds.latencyRatio]: '0 and 0 answers to compare' }
  expect(s6.answer(evidenceWith([failed(12)], reasons))).toEqual({ state: 'open', needs: '0 and 0 answers to compare' })
})
