import { expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { predictionChart, type TrialRow } from './index.ts'

const MIB = 2 ** 20
const about = { id: '000.limit-discovery.predictions', subtitle: '' }
const row = (predictedMib: number, realMib: number | null, outcome: TrialRow['outcome'] = 'fitted'): TrialRow => ({
  label: 'x',
  limitBytes: 500 * MIB,
  predictedBytes: predictedMib * MIB,
  predictedFits: predictedMib <= 500,
  outcome,
  realBytes: realMib === null ? absent('it was killed') : measured(realMib * MIB),
  detail: '',
})

test('a point for each try that was measured, by whether it fitted, and the line on which they would lie', () => {
  const chart = predictionChart(about, [
    row(110, 100),
    row(420, 400),
    row(600, 550, 'over budget'),
    row(700, null, 'killed'),
  ])
  expect(chart.series.map(({ name, points }) => [name, points])).toEqual([
    [
      'fitted',
      [
        [110, 100],
        [420, 400],
      ],
    ],
    ['did not fit', [[600, 550]]],
    [
      'as predicted',
      [
        [110, 110],
        [600, 600],
      ],
    ],
  ])
  expect(chart.description).toBe(
    '4 of 4 predictions were right. What fitted was predicted at 1.05 times to 1.10 times what it took.',
  )
})

test('where nothing was measured there is nothing to draw', () => {
  expect(predictionChart(about, [row(700, null, 'killed')]).series).toEqual([])
})
