import { expect, test } from 'vitest'
import { evidenceWith } from './evidence-for-tests.ts'
import { s1 } from './s1-small-models.ts'
import { swapIds } from './swap-evidence.ts'

const numbers = [
  { id: swapIds.instances, unit: 'count', value: 5, scale: 16, details: ['0.57 GiB together', '16 bits a weight'] },
  { id: swapIds.instanceBytes, unit: 'bytes', value: 118 * 2 ** 20, scale: 16 },
  { id: swapIds.pressure, unit: 'count', value: 6, scale: 16, details: ['more than the budget of 0.66 GiB'] },
] as const

test('answers with the count, what each takes and where the pressure begins', () => {
  expect(
    s1.answer(
      evidenceWith(numbers.map(number => ({ ...number, details: 'details' in number ? [...number.details] : [] }))),
    ),
  ).toEqual({
    state: 'answered',
    answer:
      '5 instances of qwen2.5-0.5b answer at the same time within 5 GiB (0.57 GiB together · 16 bits a weight). ' +
      'Each takes 0.12 GiB. The first pressure point is at 6: more than the budget of 0.66 GiB.',
    evidence: [swapIds.instances, swapIds.instanceBytes, swapIds.pressure],
    caveats: ['measured with models of 1/16 of their size (PERF_PROFILE=full runs whole ones)'],
  })
})

test('is open with the reason of the run, or the command', () => {
  expect(s1.answer(evidenceWith([]))).toEqual({ state: 'open', needs: expect.stringContaining('npx vitest run') })
  const reasons = { [swapIds.instances]: 'the memory of the models cannot be seen' }
  expect(s1.answer(evidenceWith([], reasons))).toEqual({ state: 'open', needs: reasons[swapIds.instances] })
})
