import { expect, test } from 'vitest'
import { poolChart, type Replay } from './index.ts'

const replay = (metrics: Partial<Replay['metrics']>): Replay => ({
  requests: [],
  metrics: {
    requests: 12,
    hits: 0,
    misses: 0,
    refused: 0,
    loads: 0,
    failedLoads: 0,
    bytesLoaded: 0,
    evictions: 0,
    failedUnloads: 0,
    overruns: 0,
    waitedMs: 0,
    longestWaitMs: 0,
    peakBytes: 0,
    residentBytes: 0,
    loadsInFlight: 0,
    waiting: 0,
    leases: 0,
    ...metrics,
  },
})

test('hits, misses and evictions beside each other, a group for each strategy', () => {
  const chart = poolChart({ id: '003.real-world-scenarios.pool', subtitle: '' }, [
    { strategy: 'pool', replay: replay({ hits: 9, misses: 3, evictions: 2 }) },
    { strategy: 'swap server', replay: replay({ hits: 4, misses: 8, evictions: 7 }) },
  ])
  expect(chart.x).toMatchObject({ categories: ['pool', 'swap server'] })
  expect(chart.series.map(({ shape, points }) => [shape, points])).toEqual([
    [
      'bars',
      [
        [0, 9],
        [1, 4],
      ],
    ],
    [
      'bars',
      [
        [0, 3],
        [1, 8],
      ],
    ],
    [
      'bars',
      [
        [0, 2],
        [1, 7],
      ],
    ],
  ])
  expect(chart.description).toBe('pool: 75.0 % hits, swap server: 33.3 % hits.')
})
