import { expect, test } from 'vitest'
import { accountsOf, unaccounted } from './index.ts'

test('as many out as in, in any order', () => {
  const accounts = accountsOf(['a', 'b', 'c'], ['c', 'a', 'b'])
  expect(accounts).toEqual({ missing: [], twice: [], unknown: [] })
  expect(unaccounted(accounts)).toBe(0)
})

test('one is missing, one came three times, one is a stranger', () => {
  const accounts = accountsOf(['a', 'b', 'c'], ['a', 'b', 'b', 'b', 'x'])
  expect(accounts).toEqual({ missing: ['c'], twice: ['b'], unknown: ['x'] })
  expect(unaccounted(accounts)).toBe(3)
})
