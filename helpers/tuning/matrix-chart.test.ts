import { expect, test } from 'vitest'
import { exampleRow, exampleRun, refusedRun } from './example-run.ts'
import { matrixChart } from './index.ts'

test('a bar with its interval for each row that has a number, and the baseline and 1.5 × of it as lines', () => {
  const chart = matrixChart(
    [
      exampleRun(exampleRow('baseline'), 100),
      refusedRun(exampleRow('a'), 'unknown flag'),
      exampleRun(exampleRow('b'), 180),
    ],
    'qwen2.5-7b on vllm',
  )
  expect(chart.x).toMatchObject({ categories: ['Row baseline', 'Row b'] })
  expect(chart.series).toMatchObject([
    {
      shape: 'bars',
      points: [
        [0, 100],
        [1, 180],
      ],
      intervals: [
        [0, 90, 110],
        [1, 162, 198],
      ],
    },
  ])
  expect(chart.lines).toEqual([
    { name: 'baseline', y: 100 },
    { name: '1.5 ×', y: 150 },
  ])
  expect(chart.description).toBe('2 of 3 rows; the baseline has 100 tok/s, the plan wants 150 tok/s.')
})

test('where the baseline has no number there are no lines', () => {
  const chart = matrixChart([refusedRun(exampleRow('baseline'), 'no'), exampleRun(exampleRow('b'), 180)], '')
  expect(chart.lines).toEqual([])
  expect(chart.description).toBe('1 of 2 rows.')
})
