import type { Architecture, FamilyName } from '../../architecture.ts'
import { gemma2 } from './gemma2.ts'
import { llama } from './llama.ts'
import { qwen2 } from './qwen2.ts'
import type { TensorShape } from './tensor-shape.ts'

const families: Record<FamilyName, (architecture: Architecture) => TensorShape[]> = {
  llama,
  qwen2,
  // The text half of Qwen2-VL and Qwen2.5-VL.
  qwen2vl: qwen2,
  gemma2,
}

/** The tensors that engines look for in a model of this family, in the order of the file. */
export const tensorShapes = (architecture: Architecture): TensorShape[] => families[architecture.family](architecture)

/** Weights of an architecture, tied embeddings counted once. */
export function parameterCount(architecture: Architecture): number {
  return tensorShapes(architecture).reduce((sum, { rows, columns }) => sum + rows * columns, 0)
}

/** What the engine multiplies embeddings with before the first layer. */
export const embeddingGain = ({ family, embedding }: Architecture): number =>
  family === 'gemma2' ? Math.sqrt(embedding) : 1

export type { TensorRole, TensorShape } from './tensor-shape.ts'
