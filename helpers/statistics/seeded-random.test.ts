import { expect, test } from 'vitest'
import { seededRandom } from './index.ts'
import reference from './reference.data.json' with { type: 'json' }
import { normalNumbers, xoshiro128 } from './seeded-random.ts'

test('the generator gives the published algorithm’s numbers', () => {
  const { state, expected } = reference.xoshiro128
  const [a = 0, b = 0, c = 0, d = 0] = state
  const next = xoshiro128([a, b, c, d])
  expect(expected.map(() => next())).toEqual(expected)
})

test.each(reference.seededRandom)('seed $seed gives the same numbers as elsewhere', ({ seed, expected }) => {
  const random = seededRandom(seed)
  expect(expected.map(() => random())).toEqual(expected)
})

test('numbers are spread evenly over [0, 1), and normal ones have mean 0 and deviation 1', () => {
  const random = seededRandom(3)
  const tenths = new Array<number>(10).fill(0)
  for (let draw = 0; draw < 100_000; draw++) {
    const tenth = Math.floor(random() * 10)
    tenths[tenth] = (tenths[tenth] ?? 0) + 1
  }
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(4 * Math.sqrt(9000))

  const normal = normalNumbers(random)
  let [sum, squares] = [0, 0]
  for (let draw = 0; draw < 100_000; draw++) {
    const value = normal()
    sum += value
    squares += value * value
  }
  expect(Math.abs(sum / 100_000)).toBeLessThan(4 / Math.sqrt(100_000))
  expect(Math.abs(squares / 100_000 - 1)).toBeLessThan(4 * Math.sqrt(2 / 100_000))
})
