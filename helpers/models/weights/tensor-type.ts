/** How the numbers of a tensor are stored. */
export type TensorTypeName = 'f32' | 'f16' | 'bf16' | 'q8_0' | 'q4_0'

/** The types that a whole model can be stored in; vectors stay F32 in all of them. */
export type Quantisation = Exclude<TensorTypeName, 'f32'>

export interface TensorType {
  /** ggml's number for the type. */
  id: number
  /** Values that share one block, and so must divide a row. */
  blockValues: number
  blockBytes: number
}

/** Numbers and block layouts as in ggml.h and ggml-common.h. */
export const tensorTypes: Record<TensorTypeName, TensorType> = {
  f32: { id: 0, blockValues: 1, blockBytes: 4 },
  f16: { id: 1, blockValues: 1, blockBytes: 2 },
  q4_0: { id: 2, blockValues: 32, blockBytes: 18 },
  q8_0: { id: 8, blockValues: 32, blockBytes: 34 },
  bf16: { id: 30, blockValues: 1, blockBytes: 2 },
}

/** llama.cpp's `general.file_type` of a model stored in one type. */
export const fileTypes: Record<Quantisation, number> = { f16: 1, q4_0: 2, q8_0: 7, bf16: 32 }

/** Bytes of one row; throws a RangeError when blocks do not divide it. */
export function rowBytes(type: TensorTypeName, columns: number): number {
  const { blockValues, blockBytes } = tensorTypes[type]
  if (columns % blockValues !== 0) {
    throw new RangeError(
      `a row of ${columns} values cannot be stored as ${type}: it must be a multiple of ${blockValues}`,
    )
  }
  return (columns / blockValues) * blockBytes
}
