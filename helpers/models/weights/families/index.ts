import type { Architecture, FamilyName } from '../../architecture.ts'
import { llama } from './llama.ts'
import { qwen2 } from './qwen2.ts'
import type { TensorShape } from './tensor-shape.ts'

const families: Record<FamilyName, (architecture: Architecture) => TensorShape[]> = { llama, qwen2 }

/** The tensors that engines look for in a model of this family, in the order of the file. */
export const tensorShapes = (architecture: Architecture): TensorShape[] => families[architecture.family](architecture)

/** Weights of an architecture, tied embeddings counted once. */
export function parameterCount(architecture: Architecture): number {
  return tensorShapes(architecture).reduce((sum, { rows, columns }) => sum + rows * columns, 0)
}

export type { TensorRole, TensorShape } from './tensor-shape.ts'
