import type { ChunkResult } from './batch-run.ts'

type TimedChunk = Pick<ChunkResult, 'completed' | 'startMs' | 'endMs'>

/** Completed requests a second. */
export const chunkRate = ({ completed, startMs, endMs }: TimedChunk): number => (1000 * completed) / (endMs - startMs)

/**
 * Requests a second of the fastest chunk: by a chunk that something slowed down, batches would come out too short for a
 * statement. 0 without chunks.
 */
export const fastestRate = (chunks: readonly TimedChunk[]): number => Math.max(0, ...chunks.map(chunkRate))
