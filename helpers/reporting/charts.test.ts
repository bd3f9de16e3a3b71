import { describe, expect, test } from 'vitest'
import { absent } from '../measured.ts'
import { memoryChart, throughputChart } from './charts.ts'
import { exampleMemoryPoints, exampleRun } from './example-run.ts'

const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(match => match[1])

describe.for([
  ['throughput', throughputChart(exampleRun()), 'requests/s'],
  ['memory', memoryChart(exampleRun(), exampleMemoryPoints()), 'MiB'],
] as const)('the chart of %s', ([, svg, unit]) => {
  test('has the size that the UI needs, and a ground of its own', () => {
    expect(svg).toMatch(/^<svg width="960" height="420" xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
    expect(svg).toContain('fill="#ffffff"')
  })

  test('names its axes, its batches and what was measured', () => {
    expect(texts(svg)).toEqual(
      expect.arrayContaining([unit, 'seconds since the first request', 'batch 1', 'batch 2', 'batch 3']),
    )
    expect(svg).toContain('001.sequential-batches · qwen2.5-0.5b ÷ 16 · embedded 3.22.1 · epyc-2c-24g')
  })
})

test('a chart without a sample says why', () => {
  const run = { ...exampleRun(), memoryDomain: absent('the engine is remote') }
  expect(memoryChart(run, [])).toContain('Memory: the engine is remote')
})

test('a long run is drawn in minutes, large memory in GiB', () => {
  const run = exampleRun()
  const batches = run.batches.map(batch => ({ ...batch, endMs: batch.endMs + batch.index * 1_800_000 }))
  const points = [{ atMs: batches[0]?.startMs ?? 0, value: 5 * 2 ** 30 }]
  expect(texts(memoryChart({ ...run, batches }, points))).toEqual(
    expect.arrayContaining(['minutes since the first request', 'GiB']),
  )
})

test('a run without batches can be drawn', () => {
  expect(throughputChart({ ...exampleRun(), batches: [] })).toContain('</svg>')
})
