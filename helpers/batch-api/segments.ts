import type { ChunkTimes } from '../load/index.ts'
import { type BatchSighting, finishedIn } from './batch-sighting.ts'

export interface SegmentInput {
  /** When the batch was submitted, and when it was seen to have ended. */
  startMs: number
  endMs: number
  sightings: readonly BatchSighting[]
  /** Least number of requests of a segment. */
  chunk: number
  /** As the result files say. */
  completed: number
  failed: number
  /** Number of the first one. */
  firstIndex: number
}

/**
 * Stands in for chunks, of which the Batch API knows nothing: a batch is cut wherever a look at its counts found `chunk`
 * or more requests newly finished. What is left at the end belongs to the last segment.
 *
 * The resolution is that of the looks (a tenth of a chunk's time, at most 5 s) or of the server, whichever is coarser:
 * one that counts only at the end of a batch makes a single segment. The first one holds the server's validation of the
 * file, the last one its writing of the results.
 */
export function segmentsOf(input: SegmentInput): ChunkTimes[] {
  const { startMs, endMs, sightings, chunk, completed, failed, firstIndex } = input
  const cuts = [{ atMs: startMs, completed: 0, failed: 0 }]
  const left = (cut: { completed: number; failed: number }) => completed + failed - cut.completed - cut.failed
  for (const sighting of sightings) {
    const last = cuts.at(-1)
    if (last === undefined || sighting.counts === null) continue
    if (finishedIn(sighting) - last.completed - last.failed < chunk) continue
    cuts.push({ atMs: sighting.atMs, completed: sighting.counts.completed, failed: sighting.counts.failed })
  }
  const last = cuts.at(-1)
  if (cuts.length > 1 && last !== undefined && left(last) < chunk) cuts.pop()
  cuts.push({ atMs: endMs, completed, failed })
  return cuts.slice(1).flatMap((cut, i) => {
    const from = cuts[i]
    if (from === undefined) return []
    return {
      index: firstIndex + i,
      startMs: from.atMs,
      endMs: cut.atMs,
      // What a server counts and what its files hold may differ: the files win, and no segment has less than nothing.
      completed: Math.max(0, cut.completed - from.completed),
      failed: Math.max(0, cut.failed - from.failed),
    }
  })
}
