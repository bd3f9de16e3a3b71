import { expect, test } from 'vitest'
import { scalingAgainst, scalingChart } from './index.ts'
import { runForTests } from './run-for-tests.ts'

const steady = (name: string, concurrency: number, perSecond: number) =>
  runForTests({ name, concurrency, blocks: Array.from({ length: 10 }, (_, i) => ((i + 1) * 8000) / perSecond) })

test('a point for each configuration, against the line of linear scaling', () => {
  const reference = steady('a', 2, 10)
  const runs = [reference, steady('b', 4, 18), steady('c', 8, 20)]
  const chart = scalingChart(
    { id: '002.over-http.scaling', subtitle: '' },
    runs.map(run => scalingAgainst(reference, run)),
  )
  expect(chart.series.map(({ name, points }) => [name, points])).toEqual([
    [
      'qwen2.5-0.5b',
      [
        [1, 1],
        [2, 1.8],
        [4, 2],
      ],
    ],
    [
      'linear',
      [
        [1, 1],
        [4, 4],
      ],
    ],
  ])
  expect(chart.description).toBe('c: 2.00 times the throughput with 4 times as many requests outstanding.')
})

test('without a throughput it says so', () => {
  const failed = { ...steady('a', 2, 10), outcome: { state: 'failed', kind: 'timeout', message: 'hung' } as const }
  const chart = scalingChart({ id: '002.over-http.scaling', subtitle: '' }, [scalingAgainst(failed, failed)])
  expect(chart.description).toBe('No configuration has a throughput.')
})
