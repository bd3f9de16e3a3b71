import { describe, expect, test } from 'vitest'
import { mannWhitney, seededRandom } from './index.ts'
import reference from './reference.data.json' with { type: 'json' }

describe('mannWhitney', () => {
  test.each(reference.mannWhitney)('$a.length and $b.length values ($method) are as in SciPy', expected => {
    const found = mannWhitney(expected.a, expected.b)
    expect(found.method).toBe(expected.method)
    expect(found.u).toBe(expected.u)
    expect(found.pValue).toBeCloseTo(expected.pValue, 10)
  })

  test('the samples may be swapped', () => {
    const [a, b] = [
      [1, 2, 2, 7],
      [2, 3, 9, 9, 9, 12],
    ]
    const [there, back] = [mannWhitney(a ?? [], b ?? []), mannWhitney(b ?? [], a ?? [])]
    expect(back.pValue).toBeCloseTo(there.pValue, 12)
    expect(there.u + back.u).toBe(24)
  })

  test('the least p-values are those of the number of arrangements', () => {
    expect(mannWhitney([1, 2, 3, 4], [5, 6, 7, 8]).pValue).toBeCloseTo(2 / 70, 12)
    expect(mannWhitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]).pValue).toBeCloseTo(2 / 252, 12)
  })

  test('samples without any difference are no evidence, exactly or approximately', () => {
    expect(mannWhitney([5, 5, 5], [5, 5])).toEqual({ pValue: 1, u: 3, method: 'exact' })
    const many = new Array<number>(400).fill(5)
    expect(mannWhitney(many, many)).toEqual({ pValue: 1, u: 80_000, method: 'normal' })
  })

  test('a few new values against very many old ones stay exact and finite', () => {
    const random = seededRandom(5)
    const old = Array.from({ length: 1200 }, () => random())
    const { pValue, method } = mannWhitney(old, [0.2, 0.4, 0.5, 0.8])
    expect(method).toBe('exact')
    expect(pValue).toBeGreaterThan(0.5)
    expect(mannWhitney(old, [2, 3, 4, 5]).pValue).toBeCloseTo((2 * 24) / (1201 * 1202 * 1203 * 1204), 18)
  })

  test('refuses an empty sample', () => {
    expect(() => mannWhitney([], [1])).toThrow('first sample: found 0 value(s)')
    expect(() => mannWhitney([1], [])).toThrow('second sample: found 0 value(s)')
  })
})
