import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CouldNotMeasureError } from '../errors.ts'
import { absent, measured } from '../measured.ts'
import { machineMemory, predictionScore, requireRoom, safeBudgetBytes, type TrialRow, trialTable } from './index.ts'

const GIB = 2 ** 30
const MIB = 2 ** 20
const row = (predictedFits: boolean, outcome: TrialRow['outcome'], predicted = 100, real?: number): TrialRow => ({
  label: '6 × a',
  limitBytes: 100,
  predictedBytes: predicted,
  predictedFits,
  outcome,
  realBytes: real === undefined ? absent('killed') : measured(real),
  detail: outcome === 'refused' ? 'unknown model architecture' : '',
})

describe('the score of predictions', () => {
  test('counts what was right, what was said to fit and did not, and what was said not to fit and did', () => {
    const rows = [
      row(true, 'fitted', 110, 100),
      row(true, 'fitted', 90, 100),
      row(true, 'fitted', 104, 100),
      row(false, 'killed'),
      row(true, 'killed'),
      row(true, 'refused'),
      row(true, 'hung'),
      row(true, 'over budget'),
      row(false, 'fitted', 210, 100),
      row(true, 'not tried'),
    ]
    expect(predictionScore(rows)).toEqual({
      cases: 8,
      right: 4,
      falseFits: 3,
      falseAlarms: 1,
      ratio: { low: 0.9, median: 1.07, high: 2.1 },
    })
  })

  test('of nothing is nothing', () => {
    expect(predictionScore([])).toEqual({ cases: 0, right: 0, falseFits: 0, falseAlarms: 0, ratio: null })
  })
})

test('the table shows each step as it was tried, and why it ended so', () => {
  const table = trialTable('000.limit-discovery.steps', 'steps', [
    row(true, 'fitted', 90 * MIB, 100 * MIB),
    row(false, 'killed'),
    row(true, 'refused'),
  ])
  expect(table.rows).toEqual([
    ['6 × a', '0.0 MiB', '90.0 MiB', 'yes', '100.0 MiB', 'fitted'],
    ['6 × a', '0.0 MiB', '0.0 MiB', 'no', '–', 'killed'],
    ['6 × a', '0.0 MiB', '0.0 MiB', 'yes', '–', 'refused'],
  ])
  expect(table.notes).toEqual(['6 × a: refused, unknown model architecture'])
})

describe('what trials may take of a machine', () => {
  test('is what is available less a tenth of all, and less 1 GiB at least', () => {
    expect(safeBudgetBytes({ totalBytes: 24 * GIB, availableBytes: 20 * GIB })).toBe(Math.floor(17.6 * GIB))
    expect(safeBudgetBytes({ totalBytes: 4 * GIB, availableBytes: 3 * GIB })).toBe(2 * GIB)
    expect(safeBudgetBytes({ totalBytes: 4 * GIB, availableBytes: GIB / 2 })).toBe(0)
  })

  test('more is refused with the arithmetic', () => {
    const memory = { totalBytes: 24 * GIB, availableBytes: 20 * GIB }
    expect(() => requireRoom(17 * GIB, memory)).not.toThrow()
    expect(() => requireRoom(18 * GIB, memory)).toThrow(CouldNotMeasureError)
    expect(() => requireRoom(18 * GIB, memory)).toThrow(
      'A trial of 18.00 GiB is more than this machine can give without danger: 20.00 GiB are available, and 2.40 GiB of ' +
        '24.00 GiB stay free.',
    )
  })

  test('is read from meminfo', () => {
    const proc = mkdtempSync(join(tmpdir(), 'limits-'))
    onTestFinished(() => rmSync(proc, { recursive: true }))
    expect(machineMemory(proc)).toMatchObject({ state: 'absent' })
    writeFileSync(join(proc, 'meminfo'), 'MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:  600 kB\n')
    expect(machineMemory(proc)).toEqual(measured({ totalBytes: 1_024_000, availableBytes: 614_400 }))
  })
})
