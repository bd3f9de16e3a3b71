import { expect, test } from 'vitest'
import { exampleRow, exampleRun, refusedRun } from './example-run.ts'
import { bestOffload } from './offload-size.ts'
import type { TuningRow } from './tuning-row.ts'

const withArguments = (id: string, ...words: string[]): TuningRow =>
  exampleRow(id, { change: { arguments: words, environment: {}, settings: {}, slots: null } })
const size = (id: string, gib: number): TuningRow =>
  withArguments(id, '--kv_offloading_backend', 'native', '--kv_offloading_size', String(gib))

test('of rows that differ in the size alone, the one with the most tokens a second', () => {
  const max = withArguments('max', '--kv-cache-dtype', 'fp8', '--kv-offloading-size', '64')
  const runs = [
    exampleRun(exampleRow('baseline'), 900),
    exampleRun(size('d', 32), 100),
    exampleRun(size('e', 64), 120),
    exampleRun(max, 500),
    refusedRun(size('kv-80', 80), 'too little /dev/shm'),
  ]
  expect(bestOffload(runs)).toMatchObject({ state: 'measured', value: { gib: 64, run: { row: { id: 'e' } } } })
})

test('where none started, the engine says why; where there is none, that', () => {
  expect(bestOffload([refusedRun(size('d', 32), 'only for CUDA')])).toMatchObject({
    reason: 'it did not start: only for CUDA',
  })
  expect(bestOffload([exampleRun(exampleRow('a'), 1)])).toMatchObject({ state: 'absent' })
})
