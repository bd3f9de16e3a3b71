import type { BatchAccount } from '../batch-api/batch-account.ts'
import type { CompletionTarget } from '../engines/engine.ts'
import {
  type ClientHealthMonitor,
  type ClientLimits,
  clientLimits,
  type LoadOptions,
  type LoadRequest,
  type LoadResult,
  type RecordWriter,
  runLoad,
  StreamClient,
} from '../load/index.ts'
import { absent, type Measured } from '../measured.ts'

/** A way to bring the requests of a batch to an engine. */
export interface LoadPath extends AsyncDisposable {
  /** Why connections to the engine that nobody here holds may be ours all the same; null where they are others'. */
  readonly connectsElsewhere: string | null
  /** Servers between us and the engine that run on this machine: neither strays nor strangers. */
  readonly companions: readonly number[]
  /** From when on the client itself was too slow for it. */
  readonly clientLimits: ClientLimits
  /** Why memory cannot be read at rest after every chunk; null where it can. */
  readonly noRest: string | null
  /** What became of every request of the batches sent so far; absent where each has an answer of its own. */
  readonly accounts: Measured<BatchAccount[]>
  /**
   * Sends them all and waits for the last one; failed requests are counted, not thrown. A batch of −1 is the warm-up.
   *
   * @throws what stopped it; RecordingError when a record cannot be written.
   */
  send(batch: number, requests: AsyncIterable<LoadRequest>, hooks: LoadHooks): Promise<LoadResult>
}

export interface LoadHooks extends Pick<LoadOptions, 'betweenChunks' | 'earlier'> {
  /** Told of newly finished requests as soon as they are known to be. */
  onFinished?: (requests: number) => void
}

/** What a path is opened with. */
export interface LoadPathSetup {
  target: CompletionTarget
  /** Requests outstanding at once. */
  chunk: number
  records: RecordWriter
  health: ClientHealthMonitor
  signal: AbortSignal
}

/** Straight to the engine: n requests are sent, all are waited for, then the next n. */
export async function directPath({ target, chunk, ...shared }: LoadPathSetup): Promise<LoadPath> {
  const client = new StreamClient({ target, connections: chunk })
  return {
    connectsElsewhere: null,
    companions: [],
    clientLimits,
    noRest: null,
    accounts: absent('requests go straight to the engine: each has an answer of its own'),
    send: (batch, requests, { onFinished, ...hooks }) =>
      runLoad({
        target,
        client,
        requests,
        schedule: { kind: 'chunks', size: chunk, barrier: true },
        batch,
        ...shared,
        ...hooks,
        onRecord: () => onFinished?.(1),
      }),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}
