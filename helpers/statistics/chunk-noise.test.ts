import { describe, expect, test } from 'vitest'
import { noisyRates } from './chunk-noise.ts'
import reference from './reference.data.json' with { type: 'json' }

const chunked = (groups: number[][]) => groups.map(group => group.map(seconds => ({ requests: 22, seconds })))

describe('noisyRates', () => {
  test.each(reference.bartlett)(
    'one noise for all or one each, as Bartlett’s test of SciPy says (p = $pValue)',
    ({ groups, pValue }) => {
      expect(noisyRates(chunked(groups)).shared).toBe(pValue >= 0.05)
    },
  )

  test('the references have both cases', () => {
    expect(reference.bartlett.some(({ pValue }) => pValue < 0.05)).toBe(true)
    expect(reference.bartlett.some(({ pValue }) => pValue >= 0.05)).toBe(true)
  })

  test('by hand: times 9, 10, 11 and 18, 20, 22 have a relative variance of 0.01', () => {
    const { estimates, shared } = noisyRates(
      chunked([
        [9, 10, 11],
        [18, 20, 22],
      ]),
    )
    expect(shared).toBe(true)
    expect(estimates.map(({ value }) => Math.exp(value))).toEqual([expect.closeTo(2.2), expect.closeTo(1.1)])
    for (const { variance, freedom } of estimates) {
      expect(variance).toBeCloseTo(0.01 / 3, 12)
      expect(freedom).toBe(4)
    }
  })

  test('a chunk with fewer requests in less time is not noise', () => {
    const chunks = [88, 88, 88, 72].map(requests => ({ requests, seconds: requests / 4 }))
    for (const { variance } of noisyRates([chunks, chunks]).estimates) expect(variance).toBeCloseTo(0, 12)
  })
})
