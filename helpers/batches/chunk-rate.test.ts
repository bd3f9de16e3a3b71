import { expect, test } from 'vitest'
import { fastestRate } from './chunk-rate.ts'

test('the rate is that of the fastest chunk, not of one that was slowed down', () => {
  const chunk = (completed: number, startMs: number, endMs: number) => ({ completed, startMs, endMs })
  expect(fastestRate([chunk(22, 0, 1100), chunk(22, 1100, 1980), chunk(22, 2000, 3000)])).toBeCloseTo(25)
  expect(fastestRate([chunk(0, 0, 1000)])).toBe(0)
  expect(fastestRate([])).toBe(0)
})
