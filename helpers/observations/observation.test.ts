import { expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { observe } from './index.ts'

const about = { id: '000.spec.thing', title: 'a thing', unit: 'ms' } as const

test('a number alone has no interval and rests on one reading', () => {
  expect(observe({ ...about, value: 7 })).toEqual({
    ...about,
    measured: measured({ value: 7, interval: null }),
    n: 1,
    data: '',
    details: [],
    spoiledBy: null,
    scale: 1,
  })
})

test('what is absent stays so, with its reason, and rests on nothing', () => {
  expect(observe({ ...about, value: absent('no sensor') })).toMatchObject({ measured: absent('no sensor'), n: 0 })
})

test('an estimate keeps its interval, measured or bare', () => {
  const estimate = { value: 7, interval: [6, 8] } as const
  expect(observe({ ...about, value: estimate }).measured).toEqual(measured(estimate))
  expect(observe({ ...about, value: measured(estimate), n: 20 })).toMatchObject({ measured: measured(estimate), n: 20 })
})

test.for([Number.NaN, Number.POSITIVE_INFINITY])('%f is not a number', value => {
  expect(observe({ ...about, value }).measured).toEqual(absent(`what was measured is no finite number: ${value}`))
})
