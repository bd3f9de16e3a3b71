import { expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { referenceOf, scalingAgainst } from './index.ts'
import { runForTests } from './run-for-tests.ts'

const steady = (name: string, concurrency: number, perSecond: number) =>
  runForTests({ name, concurrency, blocks: Array.from({ length: 10 }, (_, i) => ((i + 1) * 8000) / perSecond) })

test('twice the rate with four times the requests is half of linear', () => {
  const scaling = scalingAgainst(steady('a', 2, 10), steady('b', 8, 20))
  expect(scaling).toMatchObject({ load: 4, speedUp: { value: { value: 2 } }, efficiency: { value: { value: 0.5 } } })
})

test('against itself it is one, without an interval', () => {
  const run = runForTests({ name: 'a', blocks: [1000, 1500, 3500, 4000, 4500, 6000] })
  expect(scalingAgainst(run, run).efficiency).toEqual(measured({ value: 1, interval: null }))
})

test('what did not run has none, and neither has what is held against it', () => {
  const failed = { ...steady('a', 2, 10), outcome: { state: 'failed', kind: 'timeout', message: 'it hung' } as const }
  expect(scalingAgainst(failed, steady('b', 8, 20)).efficiency).toEqual(
    absent('a, which it is held against: timeout: it hung'),
  )
  expect(scalingAgainst(steady('b', 8, 20), failed).efficiency).toEqual(absent('timeout: it hung'))
})

test('the reference has the fewest outstanding, the first of equals', () => {
  const [a, b, c] = [steady('a', 8, 1), steady('b', 2, 1), steady('c', 2, 1)].map(({ configuration }) => configuration)
  expect(referenceOf([a, b, c].filter(each => each !== undefined))?.name).toBe('b')
  expect(referenceOf([])).toBeUndefined()
})
