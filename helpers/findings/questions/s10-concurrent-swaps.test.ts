import { expect, test } from 'vitest'
import { evidenceWith } from './evidence-for-tests.ts'
import { s10 } from './s10-concurrent-swaps.ts'
import { swapIds } from './swap-evidence.ts'

const speedUp = (value: number, interval: [number, number]) =>
  ({ id: swapIds.speedUp, unit: 'ratio', value, interval, scale: 16, details: ['300 ms one after the other'] }) as const

test('answers with both kinds of concurrent access', () => {
  const evidence = evidenceWith([
    { ...speedUp(1.6, [1.4, 1.8]), details: ['300 ms one after the other'] },
    { id: swapIds.loadedAtOnce, unit: 'count', value: 3, scale: 16 },
    { id: swapIds.latencyRatio, unit: 'ratio', value: 1.18, scale: 16 },
  ])
  expect(s10.answer(evidence)).toEqual({
    state: 'answered',
    answer:
      'Loading qwen2.5-0.5b models one after the other takes 1.60 times [1.40, 1.80] what loading them at once takes ' +
      '(300 ms one after the other): loads at once gain time. 3 loaded at once answered in every round. ' +
      'Beside a model that answers, the time between its tokens is 1.18 times the quiet one.',
    evidence: [swapIds.speedUp, swapIds.loadedAtOnce, swapIds.latencyRatio],
    caveats: ['measured with models of 1/16 of their size (PERF_PROFILE=full runs whole ones)'],
  })
})

test('a gain that may be noise is none', () => {
  expect(s10.answer(evidenceWith([{ ...speedUp(1.1, [0.9, 1.3]), details: [] }]))).toMatchObject({
    answer: expect.stringContaining('gain no time that can be told from noise'),
  })
})

test('what spoiled a number is a caveat', () => {
  const evidence = evidenceWith(
    [{ ...speedUp(1.6, [1.4, 1.8]), details: [] }],
    {},
    { [swapIds.speedUp]: 'the host was disturbed' },
  )
  expect(s10.answer(evidence)).toMatchObject({ caveats: [expect.anything(), 'the host was disturbed'] })
})

test('is open with the reason of the run, or the command', () => {
  expect(s10.answer(evidenceWith([]))).toEqual({ state: 'open', needs: expect.stringContaining('npx vitest run') })
  const reasons = { [swapIds.speedUp]: 'in no round all 3 models were loaded' }
  expect(s10.answer(evidenceWith([], reasons))).toEqual({ state: 'open', needs: reasons[swapIds.speedUp] })
})
