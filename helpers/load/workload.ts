import type { LoadRequest } from './load-request.ts'

/** What is sent: the same hash means the same requests, batch by batch. */
export interface Workload {
  /** First 16 hex digits of the SHA-256 of everything that defines the requests; not of how many are taken. */
  hash: string
  /** For people: `100 prompt tokens, 32 output tokens, …`. */
  description: string
  /** The requests of a batch, in order; −1 is the warm-up. A batch has the same ones whenever it is asked for. */
  requests(batch: number): Iterable<LoadRequest> | AsyncIterable<LoadRequest>
}
