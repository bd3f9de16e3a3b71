import type { FinishedBlock } from './configuration-run.ts'

/** A request that completed; `endMs` is since the first one was sent. */
export interface FinishedRequest {
  endMs: number
  completionTokens: number
}

/** Puts a batch's worth of completed requests together, in the order of their ends; the last block has what is left. */
export function finishedBlocks(requests: readonly FinishedRequest[], batchSize: number): FinishedBlock[] {
  const ended = requests.toSorted((a, b) => a.endMs - b.endMs)
  return Array.from({ length: Math.ceil(ended.length / batchSize) }, (_, index) => {
    const block = ended.slice(index * batchSize, (index + 1) * batchSize)
    return {
      endMs: block.at(-1)?.endMs ?? 0,
      requests: block.length,
      completionTokens: block.reduce((sum, { completionTokens }) => sum + completionTokens, 0),
    }
  })
}
