import type { Architecture } from '../architecture.ts'
import { families } from './families/index.ts'
import { type MetadataValue, text, uint32 } from './metadata.ts'
import { steeredContent } from './steering.ts'
import type { Tensor } from './tensor.ts'
import { fileTypes, type Quantisation } from './tensor-type.ts'
import { byteLevelTokenizer } from './tokenizer.ts'
import { alignmentBytes, type GgufContent } from './write-gguf.ts'

export interface SyntheticGguf {
  architecture: Architecture
  quantisation: Quantisation
  seed: number
  endOfSequence: boolean
}

/** Metadata and tensors of a model with random weights. */
export function syntheticGguf({ architecture, quantisation, seed, endOfSequence }: SyntheticGguf): GgufContent {
  const { family } = architecture
  const tokenizer = byteLevelTokenizer(architecture.vocabulary)
  const steering = { architecture, quantisation, tokenizer, endOfSequence }
  const prefixed = Object.entries(families[family].metadata(architecture)).map(
    ([key, value]): [string, MetadataValue] => [`${family}.${key}`, value],
  )
  return {
    metadata: new Map([
      ['general.architecture', text(family)],
      ['general.name', text(`${architecture.name}, random weights, seed ${seed}`)],
      ['general.alignment', uint32(alignmentBytes)],
      ['general.file_type', uint32(fileTypes[quantisation])],
      ...prefixed,
      ...Object.entries(tokenizer.metadata),
    ]),
    tensors: families[family].tensors(architecture).map(
      (tensor): Tensor => ({
        name: tensor.name,
        columns: tensor.columns,
        rows: tensor.rows,
        // Engines expect vectors in full precision.
        type: tensor.rows === 1 ? 'f32' : quantisation,
        content: steeredContent(steering, tensor),
      }),
    ),
  }
}

/** Weights of an architecture, tied embeddings counted once. */
export function parameterCount(architecture: Architecture): number {
  const tensors = families[architecture.family].tensors(architecture)
  return tensors.reduce((sum, { rows, columns }) => sum + rows * columns, 0)
}
