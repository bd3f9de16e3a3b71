import { expect } from 'vitest'
import { matchers } from './matchers/index.ts'

expect.extend(matchers)

export type { BatchRun } from './batches/index.ts'
export type { BatchRequest } from './fixtures/load.ts'
export { planTitle, sizes } from './fixtures/sizes.ts'
export { test } from './fixtures/test.ts'
export { preflightChecks } from './preflight/index.ts'
export { gibibytes, mebibytes, milliseconds, percent, seconds } from './units.ts'
export { expect }
