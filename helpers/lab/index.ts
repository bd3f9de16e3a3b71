export type { Bench, BenchPlan } from './bench.ts'
export {
  type BenchFigures,
  benchFigures,
  type Figure,
  ratioOfMedians,
  totalRateOf,
  tpotsMs,
  ttftsMs,
} from './bench-figures.ts'
export { whyNoSwapping } from './can-swap.ts'
export { clientTrouble } from './client-trouble.ts'
export { Lab, type Load } from './lab.ts'
export { type MappedWeights, mappedWeights } from './mapped-weights.ts'
export { type ModelMemory, modelMemory } from './model-memory.ts'
export { ratesTogether } from './rates-together.ts'
export { budgetFor, type MemoryBudget, processOverhead, type WeighedModel } from './scaled-budget.ts'
export { type InterTokenLatency, interTokenLatency } from './swap-latency.ts'
export { weightsPath } from './weight-files.ts'
