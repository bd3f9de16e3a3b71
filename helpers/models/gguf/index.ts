export { parameterCount, type SyntheticGguf, syntheticGguf } from './synthetic-gguf.ts'
export type { Quantisation } from './tensor-type.ts'
export { smallestVocabulary } from './tokenizer.ts'
export { type GgufContent, type GgufLayout, layOutGguf, writeGguf } from './write-gguf.ts'
