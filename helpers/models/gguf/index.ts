export { type SyntheticGguf, syntheticGguf } from './synthetic-gguf.ts'
export { type GgufContent, type GgufLayout, layOutGguf, writeGguf } from './write-gguf.ts'
