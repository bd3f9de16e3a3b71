import { expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { gibibytes, percent } from '../units.ts'
import { exampleRow, exampleRun } from './example-run.ts'
import { isWithin, memoryLimit } from './memory-limits.ts'

test('a limit is the share of the device; the bytes of the plan where the device is not known', () => {
  const planned = { bytes: gibibytes(11), share: percent(92) }
  expect(memoryLimit(planned, measured(24 * 2 ** 30)).value).toBeCloseTo(22.08 * 2 ** 30)
  expect(memoryLimit(planned, absent('no GPU'))).toEqual(gibibytes(11))
})

test('what could not be measured breaks no limit, and reaching one does', () => {
  const limits = { gpu: gibibytes(11), host: gibibytes(85) }
  const withMemory = (gpu: number | null, host: number) =>
    exampleRun(exampleRow('a'), 1, {
      data: {
        memory: measured({
          gpuBytes: gpu === null ? absent('no GPU') : measured(gpu * 2 ** 30),
          hostBytes: measured(host * 2 ** 30),
          engineBytes: measured(1),
        }),
      },
    })
  expect(isWithin(withMemory(null, 84), limits)).toBe(true)
  expect(isWithin(withMemory(10, 84), limits)).toBe(true)
  expect(isWithin(withMemory(11, 84), limits)).toBe(false)
  expect(isWithin(withMemory(10, 85), limits)).toBe(false)
})
