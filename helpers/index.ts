import { expect } from 'vitest'
import { matchers } from './matchers/index.ts'

expect.extend(matchers)

export type { BatchRun } from './batches/index.ts'
export type { BatchRequest } from './fixtures/load.ts'
export { planTitle, sizes } from './fixtures/sizes.ts'
export { test } from './fixtures/test.ts'
export type { Bench, BenchPlan, Lab } from './lab/index.ts'
export { type MeasuredTable, type Observation, observe } from './observations/index.ts'
export { preflightChecks } from './preflight/index.ts'
export {
  celsius,
  count,
  formatQuantity,
  gibibytes,
  mebibytes,
  mebibytesPerSecond,
  milliseconds,
  percent,
  seconds,
  tokensPerSecond,
} from './units.ts'
export { expect }
