import { expect, test } from 'vitest'
import { evidenceWith } from './evidence-for-tests.ts'
import { q10 } from './q10-swap-speed.ts'
import { swapIds } from './swap-evidence.ts'

const cold = { id: swapIds.cold, unit: 'ms', value: 480, interval: [450, 520] as [number, number], scale: 16 } as const
const warm = { id: swapIds.warm, unit: 'ms', value: 310, scale: 16 } as const
const out = { id: swapIds.out, unit: 'ms', value: 40, scale: 16 } as const

test('answers with cold, warm and out', () => {
  expect(q10.answer(evidenceWith([cold, warm, out]))).toEqual({
    state: 'answered',
    answer:
      'A qwen2.5-7b is loaded in 480 ms [450 ms, 520 ms] from a cold page cache, in 310 ms from a warm one, and unloaded in 40 ms.',
    evidence: [swapIds.cold, swapIds.warm, swapIds.out],
    caveats: ['measured with models of 1/16 of their size (PERF_PROFILE=full runs whole ones)'],
  })
})

test('says why a cold load is missing', () => {
  expect(q10.answer(evidenceWith([warm], { [swapIds.cold]: 'fincore (util-linux) is not installed' }))).toMatchObject({
    answer: 'A qwen2.5-7b is loaded in 310 ms from a warm page cache.',
    caveats: [expect.anything(), 'not with a cold page cache: fincore (util-linux) is not installed'],
  })
})

test('is open with the reason of the run, or the command', () => {
  expect(q10.answer(evidenceWith([]))).toEqual({ state: 'open', needs: expect.stringContaining('npx vitest run') })
  const reasons = { [swapIds.warm]: 'it serves a single model' }
  expect(q10.answer(evidenceWith([], reasons))).toEqual({ state: 'open', needs: 'it serves a single model' })
})
