/** What a tensor is for: decides how it is filled and stored. */
export type TensorRole =
  | 'embedding'
  | 'output'
  | 'output norm'
  | 'norm'
  /** Of what a layer's half adds, just before it is added. */
  | 'attention post norm'
  | 'feed-forward post norm'
  | 'bias'
  | 'projection'
  /** Makes the values that attention mixes. */
  | 'value'
  /** The two that write a layer's result into the residual stream. */
  | 'attention output'
  | 'feed-forward output'

/** One tensor of an architecture, before it has a stored type or weights. */
export interface TensorShape {
  /** As llama.cpp calls it: `blk.0.attn_q.weight`. */
  name: string
  role: TensorRole
  /** Inputs: the length of a row. */
  columns: number
  /** Outputs; 1 for a vector. */
  rows: number
  /** The layer that it belongs to; absent for the model's own. */
  layer?: number
}

export const vector = (name: string, role: TensorRole, columns: number): TensorShape => ({
  name,
  role,
  columns,
  rows: 1,
})

export const matrix = (name: string, role: TensorRole, columns: number, rows: number): TensorShape => ({
  name,
  role,
  columns,
  rows,
})
