export { estimateMemory, type MemoryEstimate, type MemoryInput, type ProgramName } from './estimate-memory.ts'
export { type ModelSize, sizeOfArchitecture, sizeOfGguf } from './model-size.ts'
