import { expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { againstLinear } from './index.ts'

const about = { id: 'a.b.c', title: 't', subtitle: '', description: 'd', loadTitle: 'requests', rateTitle: 'tokens/s' }
const rate = (value: number, interval: [number, number] | null = null) => measured({ value, interval })

test('linear goes from the smallest load to the largest', () => {
  const chart = againstLinear(about, [
    {
      name: 'model',
      shape: 'line',
      points: [
        [1, rate(10)],
        [2, rate(15, [14, 16])],
        [8, rate(20)],
      ],
    },
  ])
  expect(chart.x).toEqual({ scale: 'log', title: 'requests' })
  expect(chart.series).toEqual([
    {
      name: 'model',
      shape: 'line',
      isReference: false,
      points: [
        [1, 10],
        [2, 15],
        [8, 20],
      ],
      intervals: [[2, 14, 16]],
    },
    {
      name: 'linear',
      shape: 'line',
      isReference: true,
      points: [
        [1, 10],
        [8, 80],
      ],
      intervals: [],
    },
  ])
})

test('what is absent is a gap, and linear starts at the first that is known', () => {
  const chart = againstLinear(about, [
    {
      name: 'model',
      shape: 'line',
      points: [
        [1, absent('it failed')],
        [2, rate(15)],
        [4, rate(20)],
      ],
    },
  ])
  expect(chart.series[0]?.points[0]).toEqual([1, null])
  expect(chart.series[1]?.points).toEqual([
    [2, 15],
    [4, 30],
  ])
})

test('models that start at the same rate share one line, others have their own', () => {
  const points = (first: number) =>
    [
      [1, rate(first)],
      [4, rate(2)],
    ] as const
  const names = (starts: number[]) =>
    againstLinear(
      about,
      starts.map((start, i) => ({ name: `m${i}`, shape: 'points', points: points(start) })),
    )
      .series.filter(({ isReference }) => isReference)
      .map(({ name }) => name)
  expect(names([1, 1])).toEqual(['linear'])
  expect(names([1, 3])).toEqual(['linear from m0', 'linear from m1'])
})

test('a single load has no linear', () => {
  expect(againstLinear(about, [{ name: 'm', shape: 'line', points: [[1, rate(3)]] }]).series).toHaveLength(1)
})
