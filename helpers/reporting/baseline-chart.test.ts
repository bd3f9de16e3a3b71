import { expect, test } from 'vitest'
import { compareWithBaseline } from '../baselines/index.ts'
import { exampleRun } from './example-run.ts'
import { baselineChart } from './index.ts'

const around = (centre: number, n = 6) => Array.from({ length: n }, (_, i) => centre + i - (n - 1) / 2)
const starts = [around(100), around(101), around(99, 200)]
const samples = around(120)
const compared = compareWithBaseline({
  metric: '001.sequential-batches.throughput',
  unit: 'requests/s',
  better: 'higher',
  baselineRuns: starts,
  samples,
  minimumEffect: { relative: 0.05, absolute: 0 },
})
if (!('change' in compared)) throw new Error('there is enough to compare')
const chart = baselineChart({ comparison: compared, starts, samples }, exampleRun())

test('has a strip for each recorded start and one for this run', () => {
  expect(chart.x).toMatchObject({ categories: ['start 1', 'start 2', 'start 3', 'this run'] })
  const [all, medians] = chart.series
  expect(medians?.points).toEqual([
    [0, 100],
    [1, 101],
    [2, 99],
    [3, 120],
  ])
  expect(all?.points.filter(([at]) => at === 3).map(([, y]) => y)).toEqual([117.5, 118.5, 119.5, 120.5, 121.5, 122.5])
})

test('of many samples the smallest, the largest and some between are shown', () => {
  const third = chart.series[0]?.points.filter(([at]) => at === 2).map(([, y]) => y)
  expect(third).toHaveLength(24)
  expect([third?.at(0), third?.at(-1)]).toEqual([-0.5, 198.5])
})

test('shows the median of the baseline, what starts differ by, and the words of the comparison', () => {
  const [above, middle, below] = chart.lines
  expect(middle).toEqual({ name: 'baseline', y: 100 })
  expect((above?.y ?? 0) - 100).toBeCloseTo(100 - (below?.y ?? 0), 2)
  expect(above?.y).toBeCloseTo(100 * (1 + compared.noise), 2)
  expect(chart.description).toMatch(/^throughput 120 req\/s vs 100 req\/s/)
  expect(chart.id).toBe('001.sequential-batches.throughput.baseline')
})
