import type { Chart } from './chart.ts'

/** For tests: a chart with everything that a linear one can say. */
export const exampleChart: Chart = {
  id: '001.example.rate',
  title: 'Rate < limit & more',
  subtitle: 'a model · an engine',
  description: '3 req/s, and then 5 req/s.',
  x: { scale: 'linear', title: 'seconds' },
  y: { scale: 'linear', title: 'req/s' },
  series: [
    {
      name: 'rate',
      shape: 'line',
      isReference: false,
      points: [
        [0, 3],
        [1, 4],
        [1.5, null],
        [2, 5],
        [4, 5.25],
      ],
      intervals: [[1, 3.5, 4.5]],
    },
    {
      name: 'mean',
      shape: 'line',
      isReference: true,
      points: [
        [0, 4],
        [4, 4],
      ],
      intervals: [],
    },
  ],
  bands: [
    { name: 'batch 1', from: 0, to: 1.5 },
    { name: 'batch 2', from: 1.5, to: 4 },
  ],
  lines: [{ name: 'limit 6', y: 6 }],
}

/** Bars over categories, with intervals. */
export const exampleBars = (categories: string[]): Chart => ({
  ...exampleChart,
  id: '004.example.bars',
  x: { scale: 'categories', title: 'row', categories },
  series: ['one', 'two'].map((name, s) => ({
    name,
    shape: 'bars' as const,
    isReference: false,
    points: categories.map((_, i): [number, number] => [i, 2 + i + s]),
    intervals: categories.map((_, i): [number, number, number] => [i, 1.5 + i + s, 2.75 + i + s]),
  })),
  bands: [],
})
