import type { Architecture } from '../architecture.ts'
import { byteLevelTokenizer } from '../tokenizer/index.ts'
import { fileTypes, type Quantisation, steeredTensors } from '../weights/index.ts'
import { architectureMetadata } from './architecture-metadata.ts'
import { text, uint32 } from './metadata.ts'
import { tokenizerMetadata } from './tokenizer-metadata.ts'
import { alignmentBytes, type GgufContent } from './write-gguf.ts'

export interface SyntheticGguf {
  architecture: Architecture
  quantisation: Quantisation
  seed: number
  endOfSequence: boolean
}

/** Metadata and tensors of a model with random weights. */
export function syntheticGguf({ architecture, quantisation, seed, endOfSequence }: SyntheticGguf): GgufContent {
  const tokenizer = byteLevelTokenizer(architecture)
  return {
    metadata: new Map([
      ['general.architecture', text(architecture.family)],
      ['general.name', text(`${architecture.name}, random weights, seed ${seed}`)],
      ['general.alignment', uint32(alignmentBytes)],
      ['general.file_type', uint32(fileTypes[quantisation])],
      ...architectureMetadata(architecture),
      ...tokenizerMetadata(tokenizer),
    ]),
    tensors: steeredTensors({ architecture, quantisation, tokenizer, endOfSequence }),
  }
}
