import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exampleBars, exampleChart } from './example-charts.ts'
import { type Chart, type ChartAxis, chartTable, drawChart } from './index.ts'
import { onWhite } from './palette.ts'

const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(match => match[1])
const sizeOf = (svg: string) => /^<svg [^>]*width="(\d+)" height="(\d+)"/.exec(svg)?.slice(1).map(Number) ?? []
/** Paths that are drawn with a line of this colour. */
const strokes = (svg: string, colour: string) =>
  [...svg.matchAll(/<path d="([^"]*)"[^>]*stroke="([^"]*)"[^>]*>/g)].filter(match => match[2] === colour)
const whiskers = (svg: string) =>
  [...svg.matchAll(/<polyline points="([^"]*)"/g)].map(match => match[1]?.split(' ') ?? [])

describe('a drawing', () => {
  const svg = drawChart(exampleChart)

  test('has the size that the UI needs, and a ground of its own', () => {
    expect(sizeOf(svg)).toEqual([640, expect.any(Number)])
    expect(svg).toContain('fill="#ffffff"')
  })

  test('has a name and a description for who does not see it', () => {
    expect(svg).toMatch(
      /^<svg class="chart" role="img" aria-labelledby="001-example-rate-title 001-example-rate-description"/,
    )
    expect(svg).toContain('<title id="001-example-rate-title">Rate &lt; limit &amp; more</title>')
    expect(svg).toContain('<desc id="001-example-rate-description">3 req/s, and then 5 req/s.</desc>')
  })

  test('names its axes, series, bands and lines', () => {
    expect(texts(svg)).toEqual(
      expect.arrayContaining([
        'seconds',
        'req/s',
        'rate',
        'mean',
        'batch 1',
        'batch 2',
        'limit 6',
        'a model · an engine',
      ]),
    )
  })

  test('does not join its line over a gap', () => {
    const [line] = strokes(svg, onWhite.series[0]).filter(([, d = '']) => (d.match(/M/g)?.length ?? 0) > 1)
    expect(line?.[1]?.match(/M/g)).toHaveLength(2)
  })

  test('draws what others are held against in grey, broken', () => {
    const [reference] = strokes(svg, onWhite.quiet).filter(([tag]) => tag.includes('stroke-dasharray'))
    expect(reference).toBeDefined()
  })

  test('has a whisker for each interval', () => {
    expect(whiskers(svg)).toHaveLength(1)
  })

  test('has room for its limit, though no value comes near it', () => {
    const higher = drawChart({ ...exampleChart, lines: [{ name: 'limit', y: 48 }] })
    expect(texts(higher)).toEqual(expect.arrayContaining(['50']))
  })

  test('is the same text each time, with ids of its own', () => {
    expect(drawChart(exampleChart)).toBe(svg)
    const ids = (of: string) => [...of.matchAll(/\bid="([^"]*)"/g)].map(match => match[1])
    expect(ids(svg).length).toBeGreaterThan(2)
    expect(ids(drawChart({ ...exampleChart, id: 'another' })).filter(id => ids(svg).includes(id))).toEqual([])
    expect(svg).not.toMatch(/zr\d/)
  })

  test('names a single series nowhere but in the title', () => {
    const [rate] = exampleChart.series
    const single = drawChart({ ...exampleChart, series: rate ? [rate] : [] })
    expect(texts(single)).not.toContain('rate')
  })
})

describe('axes', () => {
  const line = (points: [number, number][], axes: Partial<Chart>): string =>
    drawChart({
      ...exampleChart,
      ...axes,
      bands: [],
      lines: [],
      series: [{ name: 'a', shape: 'line', isReference: false, points, intervals: [] }],
    })

  test('a logarithmic one over a few doublings labels the doublings', () => {
    const svg = line(
      [
        [1, 10],
        [2, 20],
        [16, 40],
      ],
      { x: { scale: 'log', title: 'requests' } },
    )
    expect(texts(svg)).toEqual(expect.arrayContaining(['1', '2', '4', '8', '16']))
  })

  test('a logarithmic one over powers of ten labels those', () => {
    const svg = line(
      [
        [1, 10],
        [10_000, 20],
      ],
      { x: { scale: 'log', title: 'requests' } },
    )
    expect(texts(svg)).toEqual(expect.arrayContaining(['1', '10', '100', '1,000', '10,000']))
  })

  test('one of categories has their names; long names lie beside bars, in the same order from above', () => {
    const short = drawChart(exampleBars(['a', 'b', 'c']))
    expect(texts(short)).toEqual(expect.arrayContaining(['a', 'b', 'c']))
    const names = Array.from({ length: 9 }, (_, i) => `configuration ${i + 1}`)
    const long = drawChart(exampleBars(names))
    expect(texts(long)).toEqual(expect.arrayContaining(names))
    const places = names.map(name =>
      Number(new RegExp(`translate\\([\\d.]+ ([\\d.]+)\\)[^>]*>${name}<`).exec(long)?.[1]),
    )
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(new Set(places).size).toBe(9)
  })

  test('bars beside each other have their whiskers in their middles', () => {
    const xs = whiskers(drawChart(exampleBars(['a', 'b']))).map(points => points[4])
    expect(xs).toHaveLength(4)
    expect(new Set(xs).size).toBe(4)
  })
})

describe('a chart without points', () => {
  test('says why in the place of axes', () => {
    const svg = drawChart({
      ...exampleChart,
      description: 'There is nothing to draw: the engine is remote.',
      series: [],
    })
    expect(texts(svg).join(' ')).toContain('There is nothing to draw: the engine is remote.')
    expect(texts(svg)).not.toContain('seconds')
  })

  test('the same with gaps alone', () => {
    const series = exampleChart.series.map(each => ({ ...each, points: [[1, null]] as [number, null][] }))
    expect(texts(drawChart({ ...exampleChart, series })).join(' ')).toContain('3 req/s, and then 5 req/s.')
  })
})

test('a chart of 600 points is small enough for a report of a hundred of them', () => {
  const points = Array.from({ length: 600 }, (_, i): [number, number] => [i / 10, 400 + 50 * Math.sin(i)])
  const series = [{ name: 'memory', shape: 'line' as const, isReference: false, points, intervals: [] }]
  expect(drawChart({ ...exampleChart, series }).length).toBeLessThan(20_000)
})

test('zero has no place on a logarithmic axis: it is a gap', () => {
  const [rate] = exampleChart.series
  const points: [number, number][] = [
    [1, 10],
    [2, 20],
    [4, 0],
    [8, 40],
    [16, 50],
  ]
  const series = rate ? [{ ...rate, points, intervals: [] }] : []
  const svg = drawChart({ ...exampleChart, series, bands: [], y: { scale: 'log', title: 'rate' } })
  const [line] = strokes(svg, onWhite.series[0])
  expect(line?.[1]?.match(/M/g)).toHaveLength(2)
})

test('whatever the numbers are, there is a drawing without a coordinate that is no number', () => {
  const value = fc.oneof(
    fc.constantFrom(0, 1, 1e-9, -3),
    fc.integer({ min: -1e9, max: 1e9 }).map(n => n / 1000),
  )
  const scale = fc.constantFrom<ChartAxis>(
    { scale: 'linear', title: 'l' },
    { scale: 'log', title: 'g' },
    { scale: 'categories', title: 'c', categories: ['a', 'b', 'a name that is longer than there is room for it'] },
  )
  const points = fc.array(fc.tuple(value, fc.option(value)), { maxLength: 4 })
  const intervals = fc.array(fc.tuple(value, value, value), { maxLength: 2 })
  const series = fc.record({
    name: fc.constantFrom('a', 'b'),
    shape: fc.constantFrom('line' as const, 'points' as const, 'bars' as const),
    isReference: fc.boolean(),
    points,
    intervals,
  })
  const chart = fc.record({
    x: scale,
    y: scale,
    series: fc.array(series, { maxLength: 3 }),
    bands: fc.array(fc.record({ name: fc.constant('band'), from: value, to: value }), { maxLength: 2 }),
    lines: fc.array(fc.record({ name: fc.constant('line'), y: value }), { maxLength: 2 }),
  })
  fc.assert(
    fc.property(chart, given => {
      const svg = drawChart({ ...exampleChart, ...given })
      expect(svg).not.toMatch(/NaN|Infinity|undefined/)
      chartTable({ ...exampleChart, ...given })
    }),
    { numRuns: 100 },
  )
})
