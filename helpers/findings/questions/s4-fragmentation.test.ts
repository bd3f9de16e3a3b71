import { expect, test } from 'vitest'
import { evidenceOf, nothing } from './evidence-for-tests.ts'
import { s4 } from './s4-fragmentation.ts'

const spec = '000.large-models'
const numbers = (stalls: number) => [
  { id: `${spec}.fragmentation.before`, unit: 'ratio' as const, value: 0.312, scale: 16 },
  { id: `${spec}.fragmentation.after`, unit: 'ratio' as const, value: 0.304, scale: 16 },
  { id: `${spec}.answering-together`, unit: 'count' as const, value: 2, scale: 16 },
  { id: `${spec}.allocation-stalls`, unit: 'count' as const, value: stalls },
  { id: `${spec}.second-load`, unit: 'ratio' as const, value: 1.04 },
]

test('answers with fragmentation, and with what could have come of it', () => {
  expect(s4.answer(evidenceOf(numbers(0)))).toMatchObject({
    state: 'answered',
    answer:
      'Nothing that was seen: with 2 × 3B loaded at once, 31.2 % of free memory before and 30.4 % after lay in pieces ' +
      "below 2 MiB; 2 of 2 answered, 0 allocations had to make room first, the second took 1.04 times the first one's time to load.",
    evidence: numbers(0).map(({ id }) => id),
  })
})

test('allocations that had to make room are not called nothing', () => {
  expect(s4.answer(evidenceOf(numbers(12)))).toMatchObject({
    answer: expect.stringMatching(/^It may have held them up: .* 12 allocations had to make room first/),
  })
})

test('is open with the reason of the run, or the command', () => {
  expect(s4.answer(nothing)).toEqual({ state: 'open', needs: expect.stringContaining('npx vitest run') })
  expect(s4.answer({ ...nothing, reason: () => 'holds it once' })).toEqual({ state: 'open', needs: 'holds it once' })
})
