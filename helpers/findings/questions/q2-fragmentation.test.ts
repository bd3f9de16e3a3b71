import { expect, test } from 'vitest'
import { evidenceOf, nothing } from './evidence-for-tests.ts'
import { q2 } from './q2-fragmentation.ts'

const share = (id: string, value: number) => ({ id, unit: 'ratio', value, scale: 16 }) as const
const mixed = [
  share('000.medium-models.fragmentation.before', 0.12),
  share('000.medium-models.fragmentation.after', 0.155),
]
const pair = [share('000.large-models.fragmentation.before', 0.312), share('000.large-models.fragmentation.after', 0.3)]

test('answers with the shares before and after, of both specs where both ran', () => {
  expect(q2.answer(evidenceOf([...mixed, ...pair]))).toMatchObject({
    state: 'answered',
    answer:
      'With 1 × 1.5B and 3 × 0.5B loaded, the share of free memory in pieces below 2 MiB rose by 3.5 percentage points, ' +
      'from 12.0 % to 15.5 %. With 2 × 3B loaded it fell by 1.2 percentage points, from 31.2 % to 30.0 %.',
    evidence: [...mixed, ...pair].map(({ id }) => id),
  })
  expect(q2.answer(evidenceOf(mixed))).toMatchObject({ answer: expect.not.stringContaining('3B loaded it') })
})

test('is open with the reason of the run, or the command', () => {
  expect(q2.answer(evidenceOf(pair))).toEqual({ state: 'open', needs: expect.stringContaining('npx vitest run') })
  expect(q2.answer({ ...nothing, reason: () => 'no buddyinfo' })).toEqual({ state: 'open', needs: 'no buddyinfo' })
})
