/** What the process that pages does, once it is in its memory group. */
export interface PagingOrder {
  /** Memory of its own: what an engine has as KV cache and buffers, and as weights where it copies them. */
  anonymousBytes: number
  /** A file that it reads: what an engine maps as weights. 0 for none. */
  fileBytes: number
  directory: string
  rounds: number
  /** No further round is begun after so long. */
  limitMs: number
  limitBytes: number
  /** Tells what the group has in memory. */
  usageFile: string
  pageBytes: number
}

/** One pass over all of its memory and file. */
export interface PagingRound {
  ms: number
  swapInBytes: number
  swapOutBytes: number
}

export interface PagingResult {
  /** Share of the group's limit that was in use when the first page went out; null when none did. */
  usedShareAtFirstSwap: number | null
  /** Taking the memory, from when the first page went out; null when none did. */
  fill: { ms: number; swapOutBytes: number } | null
  rounds: PagingRound[]
}

export type PagingMessage = { type: 'done'; result: PagingResult } | { type: 'failed'; reason: string }
