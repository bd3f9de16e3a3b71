import { expect, test } from 'vitest'
import { binomialCdf, normalUpperTail, studentUpperQuantile, studentUpperTail } from './distributions.ts'
import reference from './reference.data.json' with { type: 'json' }

const functions: Record<string, (...args: [number, number, number]) => number> = {
  normalUpperTail,
  studentUpperTail,
  studentUpperQuantile,
  binomialCdf,
}

test.each(reference.distributions)(
  '$of($arguments) is as in SciPy',
  ({ of, arguments: [a = 0, b = 0, c = 0], expected }) => {
    const found = functions[of]?.(a, b, c)
    expect(Math.abs((found ?? Number.NaN) - expected)).toBeLessThanOrEqual(1e-8 * Math.abs(expected) + 1e-15)
  },
)
