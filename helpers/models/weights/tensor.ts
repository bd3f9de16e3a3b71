import type { TensorTypeName } from './tensor-type.ts'

/**
 * A value at the lower end, the middle or the upper end of what a random weight can be. Unlike other values, these
 * three can be put into a quantised block without touching the scale that it shares with 31 random neighbours.
 */
export type Level = -1 | 0 | 1

/** A row that is not plainly random. */
export type SpecialRow =
  /** Random but for a few pinned columns. */
  | { kind: 'pinned'; pins: readonly { column: number; level: Level }[] }
  /** Zero everywhere. */
  | { kind: 'zero' }
  /** Zero but for one column: passes that input on, times `value`. */
  | { kind: 'wire'; column: number; value: number }

export type TensorContent =
  | { kind: 'vector'; values: Float32Array }
  /** Uniform around zero with this standard deviation. */
  | { kind: 'random'; deviation: number; special: (row: number) => SpecialRow | undefined }

/** One tensor to write; a row holds `columns` values, as in ggml's first dimension. */
export interface Tensor {
  name: string
  type: TensorTypeName
  columns: number
  /** 1 for a vector. */
  rows: number
  /** As it is declared, the first one varying fastest: columns and rows, unless a row has dimensions of its own. */
  dimensions: readonly number[]
  content: TensorContent
}
