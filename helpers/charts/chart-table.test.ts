import { expect, test } from 'vitest'
import { exampleBars, exampleChart } from './example-charts.ts'
import { chartTable } from './index.ts'

test('a row for each place, a column for each series, intervals with their values', () => {
  const { columns, rows, notes } = chartTable(exampleChart)
  expect(columns).toEqual(['seconds', 'rate, req/s', 'mean, req/s', 'Part'])
  expect(rows).toEqual([
    ['0', '3', '4', 'batch 1'],
    ['1', '4 [3.5, 4.5]', '–', 'batch 1'],
    ['2', '5', '–', 'batch 2'],
    ['4', '5.25', '4', 'batch 2'],
  ])
  expect(notes).toEqual(['limit 6: 6 req/s'])
})

test('categories have their names', () => {
  const { columns, rows } = chartTable(exampleBars(['a', 'b']))
  expect(columns).toEqual(['row', 'one, req/s', 'two, req/s'])
  expect(rows).toEqual([
    ['a', '2 [1.5, 2.75]', '3 [2.5, 3.75]'],
    ['b', '3 [2.5, 3.75]', '4 [3.5, 4.75]'],
  ])
})

test('several values at one place share its cell', () => {
  const [series] = exampleChart.series
  if (!series) throw new Error('the example has series')
  const points: [number, number][] = [
    [1, 2],
    [1, 3],
    [1, 2],
  ]
  expect(chartTable({ ...exampleChart, bands: [], series: [{ ...series, points, intervals: [] }] }).rows).toEqual([
    ['1', '2, 3'],
  ])
})

test('of many places some are kept, and it says so', () => {
  const [series] = exampleChart.series
  if (!series) throw new Error('the example has series')
  const points = Array.from({ length: 600 }, (_, i): [number, number] => [i, 12_345.678])
  const { rows, notes } = chartTable({ ...exampleChart, bands: [], lines: [], series: [{ ...series, points }] })
  expect(rows).toHaveLength(100)
  expect(rows[1]).toEqual(['6', '12,350'])
  expect(notes).toEqual(['one in 6 of 600 places'])
})

test('a chart without points has no rows', () => {
  expect(chartTable({ ...exampleChart, series: [] }).rows).toEqual([])
})
