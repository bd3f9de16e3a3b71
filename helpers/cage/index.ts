export { type MemoryController, memoryController } from './memory-controller.ts'
export { type OomCounts, type OomVerdict, oomCounts, oomVerdict, type ProcessEnd } from './oom-witness.ts'
export { type Cage, type CageUse, openCage } from './open-cage.ts'
