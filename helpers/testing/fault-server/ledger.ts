import type { FaultKind } from './settings.ts'

/** What the server itself saw of one completion request; times are on the monotonic clock. */
export interface LedgerEntry {
  /** Counted from 1 since the server started. */
  n: number
  /** The client's `x-request-id`; empty where it sent none. */
  id: string
  path: string
  /** When its last byte was read. */
  receivedAtMs: number
  /** When each token was handed to the kernel. */
  writtenAtMs: number[]
  /** As the usage that was (or would have been) sent says. */
  promptTokens: number
  completionTokens: number
  fault: FaultKind | null
  outcome: 'running' | 'finished' | 'broken on purpose' | 'client gone'
}

export interface Ledger {
  entries: LedgerEntry[]
  /** 1 at first, one more after every reload. */
  instance: number
  /** Connections accepted since the start. */
  connections: number
  pid: number
}
