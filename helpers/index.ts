import { expect } from 'vitest'
import { matchers } from './matchers/index.ts'

expect.extend(matchers)

export type { BatchRun } from './batches/index.ts'
export { type Engine, type LoadSettings, startEngine } from './engines/index.ts'
export { EngineStartError, ModelMissingError } from './errors.ts'
export { type ChosenModel, chooseModel, type ModelRequest } from './fixtures/choose-model.ts'
export type { BatchRequest } from './fixtures/load.ts'
export { planTitle, sizes } from './fixtures/sizes.ts'
export { skipAsNotApplicable } from './fixtures/skip-as-not-applicable.ts'
export { test } from './fixtures/test.ts'
export {
  type Bench,
  type BenchFigures,
  type BenchPlan,
  benchFigures,
  type Lab,
  type ModelMemory,
  mappedWeights,
  modelMemory,
  ratesTogether,
  ratioOfMedians,
  tpotsMs,
} from './lab/index.ts'
export { ask, type Canary, type CanarySighting, canaries, canarySighting } from './load/index.ts'
export { matchers } from './matchers/index.ts'
export { absent, type Measured, measured } from './measured.ts'
export { type MeasuredTable, type Observation, observe } from './observations/index.ts'
export { preflightChecks } from './preflight/index.ts'
export { ratioInterval } from './statistics/index.ts'
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
  times,
  tokensPerSecond,
} from './units.ts'
export { expect }
