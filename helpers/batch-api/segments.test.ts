import { describe, expect, test } from 'vitest'
import type { BatchSighting } from './batch-sighting.ts'
import { segmentsOf } from './segments.ts'
import { untilNextLookMs } from './watch-batch.ts'

const seen = (atMs: number, completed: number, failed = 0): BatchSighting => ({
  atMs,
  id: 'batch_1',
  status: 'in_progress',
  counts: { total: 88, completed, failed },
  outputFile: null,
  errorFile: null,
  errors: [],
})

const batch = { startMs: 1000, endMs: 5000, chunk: 22, completed: 88, failed: 0, firstIndex: 0 }

describe('segments', () => {
  test('end where a look found a chunk or more newly finished; what is left joins the last one', () => {
    const sightings = [8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88].map((n, i) => seen(1300 + 300 * i, n))
    expect(segmentsOf({ ...batch, sightings })).toEqual([
      { index: 0, startMs: 1000, endMs: 1900, completed: 24, failed: 0 },
      { index: 1, startMs: 1900, endMs: 2800, completed: 24, failed: 0 },
      { index: 2, startMs: 2800, endMs: 5000, completed: 40, failed: 0 },
    ])
  })

  test('a server that counts only at the end makes a single one', () => {
    expect(segmentsOf({ ...batch, sightings: [{ ...seen(1100, 0), counts: null }, seen(5000, 88)] })).toEqual([
      { index: 0, startMs: 1000, endMs: 5000, completed: 88, failed: 0 },
    ])
  })

  test('failed requests are finished too, and times add up to the whole batch', () => {
    const sightings = [seen(2000, 20, 2), seen(3000, 40, 4), seen(4000, 60, 6), seen(5000, 80, 8)]
    const segments = segmentsOf({ ...batch, completed: 80, failed: 8, sightings })
    expect(segments.map(({ completed, failed }) => [completed, failed])).toEqual([
      [20, 2],
      [20, 2],
      [20, 2],
      [20, 2],
    ])
    expect(segments.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)).toBe(4000)
  })

  test('where counts and files differ the files win', () => {
    const segments = segmentsOf({ ...batch, completed: 60, failed: 28, sightings: [seen(2000, 66), seen(5000, 88)] })
    expect(segments.map(({ completed, failed }) => [completed, failed])).toEqual([
      [66, 0],
      [0, 28],
    ])
  })
})

test('looks come ten times a chunk, within bounds', () => {
  expect(untilNextLookMs([], 22)).toBe(100)
  expect(untilNextLookMs([seen(0, 0), seen(1000, 0)], 22)).toBe(100)
  expect(untilNextLookMs([seen(0, 0), seen(4000, 22)], 22)).toBe(400)
  expect(untilNextLookMs([seen(0, 0), seen(10, 22)], 22)).toBe(25)
  expect(untilNextLookMs([seen(0, 0), seen(400_000, 22)], 22)).toBe(5000)
})
