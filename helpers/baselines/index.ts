export { type ComparisonInput, compareWithBaseline, noBaseline } from './compare.ts'
export type {
  BaselineComparison,
  BaselineVerdict,
  Better,
  JudgedComparison,
  UnjudgedComparison,
} from './comparison.ts'
export { type Confirmation, confirmRegression, leaveUnconfirmed } from './confirm.ts'
export { amdGpus, nvidiaGpus } from './gpu-inventory.ts'
export { checkHardwareId, type HardwareIdentity, type HardwareOptions, hardwareIdentity } from './hardware.ts'
export { type GpuIdentity, hardwareId, type Inventory } from './hardware-id.ts'
export {
  judgeStarts,
  leastSamples,
  leastStarts,
  type StartsInput,
  type StartsJudgement,
} from './judge-starts.ts'
export { type BaselineRuns, baselineRuns, type LookUp, recordedDifferences } from './look-up.ts'
export { type MetricKind, type MinimumEffect, minimumEffect, minimumEffects } from './minimum-effect.ts'
export { type Ratchet, type RatchetedMetric, ratchet } from './ratchet.ts'
export type { Baseline, BaselineEngine, BaselineMetric, BaselineModel, BaselineRun } from './schema.ts'
export { slug } from './slug.ts'
export { speedArguments } from './speed-arguments.ts'
export {
  appendRun,
  type BaselineRead,
  baselineFile,
  dropRunsBefore,
  type MetricStart,
  readBaseline,
  recordsBaselines,
  replaceBaseline,
  type UpdateMode,
} from './store.ts'
