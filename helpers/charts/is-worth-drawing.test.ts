import { expect, test } from 'vitest'
import { exampleChart } from './example-charts.ts'
import { isWorthDrawing } from './index.ts'

const withPoints = (points: [number, number | null][], isReference = false) => ({
  ...exampleChart,
  series: [{ name: 'a', shape: 'points' as const, isReference, points, intervals: [] }],
})

test('two points are worth a chart; one, a gap, or what others are held against are not', () => {
  expect(
    isWorthDrawing(
      withPoints([
        [1, 2],
        [2, 3],
      ]),
    ),
  ).toBe(true)
  expect(
    isWorthDrawing(
      withPoints([
        [1, 2],
        [2, null],
      ]),
    ),
  ).toBe(false)
  expect(
    isWorthDrawing(
      withPoints(
        [
          [1, 2],
          [2, 3],
        ],
        true,
      ),
    ),
  ).toBe(false)
})
