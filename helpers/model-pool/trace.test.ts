import { expect, test } from 'vitest'
import { BadInputError } from '../errors.ts'
import { zipfShares, zipfTrace } from './index.ts'

test('shares by hand: 1, 1/2, 1/3 over 11/6', () => {
  const [first, second, third] = zipfShares(3, 1)
  expect(first).toBeCloseTo(6 / 11, 12)
  expect(second).toBeCloseTo(3 / 11, 12)
  expect(third).toBeCloseTo(2 / 11, 12)
})

test('exponent 2 by hand: 1, 1/4 over 5/4; exponent 0 wants all alike', () => {
  expect(zipfShares(2, 2)).toEqual([0.8, 0.2])
  expect(zipfShares(4, 0)).toEqual([0.25, 0.25, 0.25, 0.25])
})

test('a long trace has these shares, within four standard errors', () => {
  const length = 40_000
  const models = ['a', 'b', 'c', 'd', 'e']
  const trace = zipfTrace({ models, exponent: 1, length, seed: 7 })
  expect(trace).toHaveLength(length)
  for (const [rank, share] of zipfShares(models.length, 1).entries()) {
    const seen = trace.filter(name => name === models[rank]).length / length
    expect(Math.abs(seen - share), `share of rank ${rank}`).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / length))
  }
})

test('the same seed draws the same trace, another seed another one', () => {
  const draw = (seed: number) => zipfTrace({ models: ['a', 'b', 'c'], exponent: 1, length: 50, seed })
  expect(draw(1)).toEqual(draw(1))
  expect(draw(1)).not.toEqual(draw(2))
})

test('one model is in every request; none is an error, and so is an exponent below 0', () => {
  expect(zipfTrace({ models: ['only'], exponent: 1, length: 3, seed: 1 })).toEqual(['only', 'only', 'only'])
  expect(() => zipfTrace({ models: [], exponent: 1, length: 3, seed: 1 })).toThrow(BadInputError)
  expect(() => zipfTrace({ models: ['a'], exponent: -1, length: 3, seed: 1 })).toThrow(BadInputError)
})
