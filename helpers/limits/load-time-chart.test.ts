import { expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { lineFit } from '../statistics/index.ts'
import { loadTimeChart } from './index.ts'

const GIB = 2 ** 30
const about = { id: '000.large-models.load-times', subtitle: '' }
const load = (gib: number, coldMs: number | null, warmMs: number) => ({
  weightBytes: measured(gib * GIB),
  coldMs: coldMs === null ? absent('the page cache is not ours') : measured(coldMs),
  warmMs: measured(warmMs),
})
const fitted = (points: { x: number; y: number }[]) => {
  const line = lineFit(points)
  return line ? measured(line) : absent('too few')
}

test('points for cold and warm loads, and the lines through them', () => {
  const chart = loadTimeChart(about, [load(1, 11_000, 1000), load(2, 21_000, 1500), load(4, 41_000, 2500)], {
    cold: fitted([
      { x: 1, y: 11_000 },
      { x: 2, y: 21_000 },
      { x: 4, y: 41_000 },
    ]),
    warm: fitted([
      { x: 1, y: 1000 },
      { x: 2, y: 1500 },
      { x: 4, y: 2500 },
    ]),
  })
  expect([chart.x.title, chart.y.title]).toEqual(['weights, GiB', 'load time, s'])
  expect(chart.series.map(({ name, points }) => [name, points])).toEqual([
    [
      'cold',
      [
        [1, 11],
        [2, 21],
        [4, 41],
      ],
    ],
    [
      'warm',
      [
        [1, 1],
        [2, 1.5],
        [4, 2.5],
      ],
    ],
    [
      'line, cold',
      [
        [1, 11],
        [4, 41],
      ],
    ],
    [
      'line, warm',
      [
        [1, 1],
        [4, 2.5],
      ],
    ],
  ])
  expect(chart.description).toBe('A GiB of weights more takes cold 10.00 s, warm 500 ms.')
})

test('what was not loaded cold has no cold points, and a small model is told in MiB', () => {
  const none = absent('too few models')
  const chart = loadTimeChart(about, [load(0.5, null, 100)], { cold: none, warm: none })
  expect(chart.series.map(({ name, points }) => [name, points])).toEqual([['warm', [[512, 100]]]])
  expect(chart.description).toBe('Too few models of known size were loaded for a line.')
})
