import { expect, test } from 'vitest'
import { budgetFor, processOverhead } from './scaled-budget.ts'

const MIB = 2 ** 20

test('the overhead is what a model without weights would take', () => {
  const small = { weightBytes: 60 * MIB, memoryBytes: (55 + 1.1 * 60) * MIB }
  const large = { weightBytes: 190 * MIB, memoryBytes: (55 + 1.1 * 190) * MIB }
  expect(processOverhead(small, large) / MIB).toBeCloseTo(55)
  expect(processOverhead(large, small) / MIB).toBeCloseTo(55)
})

test.for([
  ['a negative one is none', { weightBytes: 10, memoryBytes: 10 }, { weightBytes: 20, memoryBytes: 30 }, 0],
  ['all of a model is the most', { weightBytes: 10, memoryBytes: 30 }, { weightBytes: 20, memoryBytes: 20 }, 30],
  ['two models of one size tell none', { weightBytes: 10, memoryBytes: 10 }, { weightBytes: 10, memoryBytes: 30 }, 0],
] as const)('%s', ([, a, b, bytes]) => {
  expect(processOverhead(a, b)).toBe(bytes)
})

test('five of the plan fit at every scale, six do not', () => {
  const wholeBytes = 5 * 2 ** 30
  const needed = (models: number, scale: number, overheadBytes: number) =>
    models * ((0.9 * 2 ** 30) / scale + overheadBytes)
  for (const [scale, overheadBytes] of [
    [1, 0],
    [16, 0],
    [16, 80 * MIB],
  ] as const) {
    const budget = { wholeBytes, scale, overheadBytes }
    expect(needed(5, scale, overheadBytes)).toBeLessThanOrEqual(budgetFor(5, budget))
    expect(needed(6, scale, overheadBytes)).toBeGreaterThan(budgetFor(6, budget))
  }
})

test('a whole model pays for its process itself', () => {
  expect(budgetFor(5, { wholeBytes: 100, scale: 1, overheadBytes: 7 })).toBe(100)
})
