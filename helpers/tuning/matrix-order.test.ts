import { expect, test } from 'vitest'
import { exampleRow } from './example-run.ts'
import { matrixOrder } from './matrix-order.ts'

const rows = ['baseline', 'a', 'b', 'c', 'd', 'e', 'f'].map(id => exampleRow(id))
const ids = (seed: number): string[] => matrixOrder(rows, seed).map(({ id }) => id)

test('the baseline runs first and last, everything else once between', () => {
  const order = ids(4)
  expect(order.at(0)).toBe('baseline')
  expect(order.at(-1)).toBe('baseline-again')
  expect(order.slice(1, -1).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
})

test('the seed draws the order, the same every time', () => {
  expect(ids(4)).toEqual(ids(4))
  const orders = new Set(Array.from({ length: 20 }, (_, seed) => ids(seed).join()))
  expect(orders.size).toBeGreaterThan(15)
})

test('every row comes to every place', () => {
  const places = new Set(Array.from({ length: 200 }, (_, seed) => ids(seed).indexOf('a')))
  expect(places).toEqual(new Set([1, 2, 3, 4, 5, 6]))
})

test('no rows, no order', () => {
  expect(matrixOrder([], 1)).toEqual([])
})
