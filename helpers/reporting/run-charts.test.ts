import { describe, expect, test } from 'vitest'
import { absent } from '../measured.ts'
import { exampleMemoryPoints, exampleRun } from './example-run.ts'
import { memoryChart, throughputChart, ttftChart } from './run-charts.ts'

const pointsOf = (chart: ReturnType<typeof throughputChart>, series: number) => chart.series[series]?.points ?? []

describe('throughput', () => {
  const chart = throughputChart(exampleRun())

  test('has a rate for each chunk in its middle, a gap after each batch, and the batches as bands', () => {
    expect(pointsOf(chart, 0).slice(0, 5)).toEqual([
      [0.51, 21.569],
      [1.555, 22.222],
      [2.595, 21.782],
      [3.64, 22],
      [4.14, null],
    ])
    expect(chart.bands.map(({ name }) => name)).toEqual(['batch 1', 'batch 2', 'batch 3'])
    expect(chart.bands[0]).toMatchObject({ from: 0, to: 4.14 })
  })

  test('holds the means of the batches against them', () => {
    const means = chart.series[1]
    expect(means).toMatchObject({ name: 'mean of the batch', isReference: true })
    expect(means?.points.filter(([, y]) => y !== null)).toHaveLength(6)
  })

  test('says what is to be seen', () => {
    expect(chart).toMatchObject({
      id: '001.sequential-batches.throughput',
      subtitle: 'qwen2.5-0.5b ÷ 16 · embedded 3.22.1 · epyc-2c-24g',
      description: '21.8 req/s over 3 batches, from 21.7 req/s to 21.9 req/s between them.',
    })
  })

  test('joins the chunks of a long run: 100,000 requests are a few hundred points, and their mean stays', () => {
    const run = exampleRun()
    const [batch] = run.batches
    const [chunk] = batch?.chunks ?? []
    if (!batch || !chunk) throw new Error('the example has chunks')
    const chunks = Array.from({ length: 1136 }, (_, i) => ({ ...chunk, startMs: i * 1000, endMs: i * 1000 + 500 }))
    const long = throughputChart({ ...run, batches: [{ ...batch, chunks, startMs: 0, endMs: 1_136_000 }] })
    expect(pointsOf(long, 0).length).toBeLessThanOrEqual(401)
    expect(pointsOf(long, 0)[0]?.[1]).toBe(44)
    expect(long.title).toBe('Throughput, 3 chunks a point')
  })
})

describe('memory', () => {
  test('is that of the samples, in MiB', () => {
    const chart = memoryChart(exampleRun(), exampleMemoryPoints())
    expect(chart.y.title).toBe('MiB')
    expect(pointsOf(chart, 0)[0]).toEqual([0, 412])
    expect(chart.title).toBe('Host memory of the engine (PSS)')
  })

  test('without a sample says why', () => {
    const run = { ...exampleRun(), memoryDomain: absent('the engine is remote') }
    expect(memoryChart(run, []).description).toBe('There is nothing to draw: the engine is remote.')
  })

  test('of a long run is drawn over minutes, large memory in GiB', () => {
    const run = exampleRun()
    const batches = run.batches.map(batch => ({ ...batch, endMs: batch.endMs + batch.index * 1_800_000 }))
    const chart = memoryChart({ ...run, batches }, [{ atMs: batches[0]?.startMs ?? 0, value: 5 * 2 ** 30 }])
    expect(chart).toMatchObject({ x: { title: 'minutes since the first request' }, y: { title: 'GiB' } })
    expect(pointsOf(chart, 0)).toEqual([[0, 5]])
  })
})

describe('TTFT', () => {
  const withTtfts = (ttftMs: number[]) => ({
    ...exampleRun(),
    batches: exampleRun().batches.map((batch, i) => ({ ...batch, ttftMs: i === 0 ? ttftMs : [] })),
  })

  test('each of a few requests is a step of the distribution', () => {
    const chart = ttftChart(withTtfts([30, 10, 20, 40]))
    expect(pointsOf(chart, 0)).toEqual([
      [10, 25],
      [20, 50],
      [30, 75],
      [40, 100],
    ])
    expect(chart.series).toHaveLength(1)
  })

  test('many requests are a curve of at most 200 points with p50 and p95 marked on it', () => {
    const chart = ttftChart(withTtfts(Array.from({ length: 100_001 }, (_, i) => i / 100)))
    expect(pointsOf(chart, 0).length).toBeLessThanOrEqual(200)
    expect(pointsOf(chart, 0)[80]).toEqual([500, 50])
    expect(chart.series.slice(1)).toMatchObject([
      { name: 'p50 500 ms', shape: 'points', points: [[500, 50]] },
      { name: 'p95 950 ms', shape: 'points', points: [[950, 95]] },
    ])
    expect(chart.description).toBe('100,001 requests: p50 500 ms, p95 950 ms, longest 1.00 s.')
  })

  test('p95 is marked from 130 requests on', () => {
    const marked = (n: number) => ttftChart(withTtfts(Array.from({ length: n }, (_, i) => 100 + i))).series.length - 1
    expect([10, 11, 129, 130].map(marked)).toEqual([0, 1, 1, 2])
  })

  test('a long tail is drawn on a logarithmic axis, long times in seconds', () => {
    const chart = ttftChart(withTtfts([...Array(50).fill(500), 20_000]))
    expect(chart.x).toEqual({ scale: 'log', title: 'TTFT, s' })
    expect(ttftChart(withTtfts([400, 500, 600])).x.scale).toBe('linear')
  })

  test('where nothing tells it, the description says so', () => {
    expect(ttftChart(withTtfts([])).description).toBe('There is nothing to draw: no request was answered in a stream.')
  })
})

test('a run without batches has charts without points', () => {
  const run = { ...exampleRun(), batches: [] }
  expect(throughputChart(run).description).toBe('No chunk of requests was completed.')
  expect(pointsOf(throughputChart(run), 0)).toEqual([])
  expect(pointsOf(ttftChart(run), 0)).toEqual([])
})
