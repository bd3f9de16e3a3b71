import { expect, test } from 'vitest'
import { unitScale } from './index.ts'

test.for([
  ['bytes', [2 ** 20, 3 * 2 ** 20], 2 ** 20, 'MiB', 1],
  ['bytes', [2 ** 20, 2 ** 30], 2 ** 29, 'GiB', 0.5],
  ['ms', [12, 9999], 1234.5678, 'ms', 1234.6],
  ['ms', [12, 10_000], 500, 's', 0.5],
  ['ratio', [0.5], 0.25, '%', 25],
  ['requests/s', [], 3, 'requests/s', 3],
] as const)('%s of %j: %d is told in %s as %d', ([unit, values, value, title, told]) => {
  const scale = unitScale(unit, values)
  expect(scale.title).toBe(title)
  expect(scale.of(value)).toBe(told)
})
