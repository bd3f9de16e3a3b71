import type { PreparedRequest } from '../load-request.ts'

/** When requests leave. */
export type Schedule =
  /** So many requests outstanding; one ends, the next leaves. */
  | { kind: 'closed loop'; concurrency: number }
  /**
   * Groups of `size`. With a barrier all of a chunk leave together and the next chunk waits for the last of them;
   * without one it is the closed loop of that concurrency, counted in chunks.
   */
  | { kind: 'chunks'; size: number; barrier: boolean }
  /** One every so often, whatever the engine does. */
  | { kind: 'constant rate'; requestsPerSecond: number }

/** What a schedule works with. */
export interface ScheduleContext {
  /** The next request, ready to be sent; null when there are no more, or when the run is being stopped. */
  next(): Promise<PreparedRequest | null>
  /**
   * Sends, and resolves when the record has been written.
   * @throws RecordingError
   */
  send(request: PreparedRequest, chunk: number, scheduledAtMs: number): Promise<void>
  /** Runs after a chunk with a barrier, when nothing is outstanding. */
  betweenChunks(finishedChunk: number): Promise<void>
}
