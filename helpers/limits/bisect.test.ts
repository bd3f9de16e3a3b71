import { describe, expect, test } from 'vitest'
import { CouldNotMeasureError } from '../errors.ts'
import { bisect } from './index.ts'

/** Holds up to `end`; notes what was asked. */
function upTo(end: number) {
  const asked: number[] = []
  return {
    asked,
    holds: async (n: number) => {
      asked.push(n)
      return n <= end
    },
  }
}

describe('a search', () => {
  test('finds every end from every guess, and asks nothing twice', async () => {
    for (let end = 0; end <= 13; end++) {
      for (let guess = -2; guess <= 16; guess++) {
        const { asked, holds } = upTo(end)
        const found = await bisect({ low: 1, high: 12, guess, holds })
        expect(found).toEqual(
          end < 1
            ? { state: 'none holds', first: 1 }
            : end >= 12
              ? { state: 'all hold', largest: 12 }
              : { state: 'found', largest: end, first: end + 1 },
        )
        expect(new Set(asked).size).toBe(asked.length)
        expect(asked.every(n => n >= 1 && n <= 12)).toBe(true)
      }
    }
  })

  test('takes two tries where the guess is right', async () => {
    const { asked, holds } = upTo(700)
    await bisect({ low: 1, high: 1000, guess: 700, holds })
    expect(asked).toEqual([700, 701])
  })

  test('takes as many tries as the logarithm of the range where nothing is known', async () => {
    const { asked, holds } = upTo(700)
    await bisect({ low: 1, high: 1000, holds })
    expect(asked.length).toBeLessThanOrEqual(21)
  })

  test('tries one number where there is but one', async () => {
    expect(await bisect({ low: 3, high: 3, holds: async () => true })).toEqual({ state: 'all hold', largest: 3 })
    expect(await bisect({ low: 3, high: 3, holds: async () => false })).toEqual({ state: 'none holds', first: 3 })
  })

  test.for([
    [2, 1],
    [1.5, 3],
    [1, Number.NaN],
  ] as const)('does not start from %s to %s', async ([low, high]) => {
    await expect(bisect({ low, high, holds: async () => true })).rejects.toBeInstanceOf(CouldNotMeasureError)
  })

  test('ends with the error of a try', async () => {
    const broken = bisect({ low: 1, high: 4, holds: () => Promise.reject(new Error('broken')) })
    await expect(broken).rejects.toThrow('broken')
  })
})
