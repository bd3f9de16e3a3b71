import { describe, expect, test } from 'vitest'
import { compatibilityTable } from './compatibility-table.ts'
import { estimateInWords } from './estimate-in-words.ts'
import { exampleBench, exampleIdentity, exampleRow, exampleRun, refusedRun } from './example-run.ts'
import { matrixTable } from './matrix-table.ts'
import { inPlanOrder } from './plan-order.ts'
import { startTable } from './start-table.ts'

const baseline = exampleRow('baseline', { title: 'Baseline' })
const gone = exampleRow('b', { title: 'B', needs: ['an old version'], conflicts: ['baseline', '--other'] })
const modern = exampleRow('b-modern', { title: 'B today', insteadOf: 'b' })
const runs = [
  exampleRun(baseline, 100),
  refusedRun(gone, 'unrecognized arguments: --x', '--x'),
  exampleRun(modern, 150, { data: { single: { ...exampleBench(Array(11).fill(20)), disturbance: 'busy' } } }),
]

describe('the matrix', () => {
  const { columns, rows, notes } = matrixTable(runs, 'The matrix', ['And this.'])

  test('no cell is empty', () => {
    for (const row of rows) {
      expect(row).toHaveLength(columns.length)
      for (const cell of row) expect(cell).toMatch(/\w/)
    }
  })

  test('a number has its interval, a missing one a word whose reason is below', () => {
    const [first, refused] = rows
    expect(first?.[4]).toBe('100 [90.0, 110] tok/s')
    expect(refused?.slice(0, 3)).toEqual(['B', 'refused²', 'refused²'])
    expect(first?.[columns.indexOf('T6 GPU')]).toBe('n/a¹')
    expect(notes).toEqual([
      '¹ no GPU',
      '² it did not start: unrecognized arguments: --x',
      '~ the host was disturbed meanwhile',
      'And this.',
    ])
  })

  test('what a disturbed host may have changed is marked', () => {
    const at = columns.indexOf('T2 TTFT')
    expect(rows.map(row => row[at])).toEqual(['20 [20, 20] ms', 'refused²', '20 [20, 20] ms ~'])
  })
})

test('compatibility is what really happened', () => {
  const started = exampleRun(baseline, 1, {
    data: {
      start: {
        state: 'started',
        identity: exampleIdentity,
        phases: [],
        coldPhases: [],
        remarks: ['unknown variable X'],
      },
    },
  })
  const { rows, notes } = compatibilityTable([started, ...runs.slice(1)])
  expect(rows.map(row => row.slice(0, 4))).toEqual([
    ['Baseline', 'yes¹', 'nothing', 'nothing'],
    ['B', 'no²', 'an old version', 'Baseline; --other'],
    ['B today', 'yes', 'nothing', 'nothing'],
  ])
  expect(rows.map(row => row.at(-1))).toEqual(['none', 'none', 'B'])
  expect(notes).toEqual(['¹ unknown variable X', '² unrecognized arguments: --x; this version does not know --x'])
})

test('a start is split into what the engine tells, and the rest', () => {
  const start = {
    state: 'started',
    identity: exampleIdentity,
    phases: [{ name: 'weights', ms: 300 }],
    coldPhases: [
      { name: 'weights', ms: 500 },
      { name: 'compilation', ms: 400 },
    ],
    remarks: [],
  } as const
  const table = startTable([
    exampleRun(baseline, 1, {
      data: { start: { ...start, phases: [...start.phases], coldPhases: [...start.coldPhases], remarks: [] } },
    }),
    refusedRun(gone, 'no'),
  ])
  expect(table?.columns).toEqual(['Start', 'Whole', 'weights', 'compilation', 'other'])
  expect(table?.rows).toEqual([
    ['Baseline, cold', '900 ms', '500 ms', '400 ms', 'none'],
    ['Baseline, warm', '400 ms', '300 ms', 'not told', '100 ms'],
  ])
  expect(startTable([refusedRun(gone, 'no')])).toBeNull()
})

test('people read rows as they are written, the second baseline under the first', () => {
  const again = exampleRun(exampleRow('baseline-again'), 1)
  const [first, second, third] = runs
  if (!first || !second || !third) throw new Error('there are three')
  const shown = inPlanOrder([first, third, second, again], [baseline, gone, modern])
  expect(shown.map(({ row }) => row.id)).toEqual(['baseline', 'baseline-again', 'b', 'b-modern'])
})

test.for<[string, Parameters<typeof estimateInWords>]>([
  ['302 [256, 362] tok/s', [{ value: 302, interval: [256, 362] }, 'tokens/s']],
  ['1.20 s [900 ms, 1.50 s]', [{ value: 1200, interval: [900, 1500] }, 'ms']],
  ['0.19 [0.15, 0.22] times', [{ value: 0.19, interval: [0.15, 0.22] }, 'factor']],
  ['7 [6, 8]', [{ value: 7, interval: [6, 8] }, 'count']],
  ['12 ms', [{ value: 12, interval: null }, 'ms']],
])('%s', ([words, [estimate, unit]]) => {
  expect(estimateInWords(estimate, unit)).toBe(words)
})
