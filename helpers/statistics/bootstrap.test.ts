import { describe, expect, test } from 'vitest'
import { bootstrapInterval, mean, median, ratioInterval } from './index.ts'
import reference from './reference.data.json' with { type: 'json' }

const statistics: Record<string, (values: readonly number[]) => number> = { mean, median }

describe('bootstrapInterval', () => {
  test.each(reference.bootstrap)(
    'of the $statistic of $values.length values is as in SciPy',
    ({ values, statistic, expected }) => {
      const [low = 0, high = 0] = expected
      const found = bootstrapInterval(values, statistics[statistic] ?? mean, { seed: 1, resamples: 10_000 })
      expect(Math.abs(found[0] - low)).toBeLessThan(0.05 * (high - low))
      expect(Math.abs(found[1] - high)).toBeLessThan(0.05 * (high - low))
    },
  )

  test('depends on the seed alone', () => {
    const values = Array.from({ length: 20 }, (_, index) => Math.sqrt(index))
    expect(bootstrapInterval(values, mean, { seed: 7 })).toEqual(bootstrapInterval(values, mean, { seed: 7 }))
    expect(bootstrapInterval(values, mean, { seed: 7 })).not.toEqual(bootstrapInterval(values, mean, { seed: 8 }))
  })

  test('more confidence is a wider interval', () => {
    const values = [1, 2, 4, 8, 16]
    const [low, high] = bootstrapInterval(values, mean, { seed: 1, confidence: 0.5 })
    const [lower, higher] = bootstrapInterval(values, mean, { seed: 1, confidence: 0.99 })
    expect(lower).toBeLessThan(low)
    expect(higher).toBeGreaterThan(high)
  })

  test('refuses a single value, which has no spread', () => {
    expect(() => bootstrapInterval([1], mean, { seed: 1 })).toThrow('needs at least 2')
    expect(() => bootstrapInterval([1, 2], mean, { seed: 1, confidence: 95 })).toThrow('0.95, not 95')
  })
})

describe('ratioInterval', () => {
  const before = [100, 101, 99, 102, 98, 100, 103, 97]

  test('holds the ratio of medians, and 1 only if nothing changed', () => {
    const [low = 0, high = 0] =
      ratioInterval(
        before,
        before.map(value => value * 1.2),
      ) ?? []
    expect(low).toBeGreaterThan(1.1)
    expect(low).toBeLessThan(1.2)
    expect(high).toBeGreaterThan(1.2)
    const [same = 0, or = 0] = ratioInterval(before, before) ?? []
    expect(same).toBeLessThan(1)
    expect(or).toBeGreaterThan(1)
  })

  test('is null for too few values or a median that may be 0', () => {
    expect(ratioInterval(before.slice(0, 4), before)).toBeNull()
    expect(ratioInterval(before, before.slice(0, 4))).toBeNull()
    expect(ratioInterval([0, ...before], before)).toBeNull()
  })
})
