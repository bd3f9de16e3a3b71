export type { Bench, BenchPlan } from './bench.ts'
export { Lab } from './lab.ts'
export { type ModelMemory, modelMemory } from './model-memory.ts'
