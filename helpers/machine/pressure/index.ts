export { applyMemoryPressure, type MemoryPressure, type MemoryPressureRequest } from './apply-memory-pressure.ts'
