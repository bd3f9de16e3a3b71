/** Why a request is not a success. A success is a complete stream, or document, and nothing else. */
export type FailureClass =
  | 'connect' // no connection to the engine
  | 'connection-reset' // the connection broke before the stream was complete
  | 'http-status' // an answer other than 200
  | 'first-byte-timeout' // no answer within the limit
  | 'stall' // the stream stood still for longer than the limit
  | 'incomplete-stream' // a clean end without a finish reason, without usage or without [DONE]
  | 'error-record' // an error object under HTTP 200
  | 'proxy-error' // the server says that its model's process died, in the stream or by a status (llama-server: `proxy error:`)
  | 'malformed-event' // an event that is not JSON, or not a completion chunk
  | 'wrong-length' // a fixed output length was asked for, and the engine's usage says otherwise
  | 'unaccounted' // a batch of the Batch API ended without a result for it
  | 'aborted' // the run was stopped

/**
 * One request as it was seen by the client: raw, never edited, one line of JSON in `records.jsonl`.
 * Times ending in `AtMs` are on the monotonic clock; others are durations. `sentAtMs` is taken just before the bytes
 * leave, `scheduledAtMs` is when the schedule wanted them to leave.
 */
export interface RequestRecordBase {
  /** Unique in the run; for the user's own batch file its `custom_id`. */
  id: string
  /** Index of the batch, from 0; warm-up requests have -1. */
  batch: number
  /** Index of the chunk within the batch. */
  chunk: number
  scheduledAtMs: number
  sentAtMs: number
  endedAtMs: number
}

export interface CompletedRecord extends RequestRecordBase {
  state: 'completed'
  finishReason: string
  /** First token of any kind, reasoning included; where no event carried text, the event with the finish reason. */
  ttftMs: number
  /** First token of the answer itself; null where there was none (all reasoning, or no text at all). */
  ttfotMs: number | null
  /** When each event with a token arrived, in ms since `sentAtMs`. Events are not tokens. */
  arrivalsMs: number[]
  /** As the engine counts them. */
  promptTokens: number
  completionTokens: number
  /** Null where the engine does not tell. */
  cachedTokens: number | null
  /**
   * The engine's own times, where it sends them: llama.cpp's `timings`, Ollama's durations. `loadMs` is what Ollama calls
   * load_duration: loading and waiting for a place together; null on engines that do not tell.
   */
  timings: { promptMs: number; predictedMs: number; loadMs: number | null } | null
}

/**
 * A request that went through the engine's Batch API and succeeded. The API tells no times of single requests: `sentAtMs`
 * is when its batch was submitted, `endedAtMs` when the batch was seen as completed.
 */
export interface BatchedRecord extends RequestRecordBase {
  state: 'batched'
  finishReason: string
  /** As the engine counts them. */
  promptTokens: number
  completionTokens: number
  /** Null where the engine does not tell. */
  cachedTokens: number | null
}

/** A request whose answer came in one piece: of its tokens only the end is known, and no time to the first one is told. */
export interface WholeRecord
  extends RequestRecordBase,
    Pick<CompletedRecord, 'finishReason' | 'promptTokens' | 'completionTokens' | 'cachedTokens' | 'timings'> {
  state: 'whole'
}

export interface FailedRecord extends RequestRecordBase {
  state: 'failed'
  failure: FailureClass
  message: string
  httpStatus: number | null
  /** Events with a token that arrived before the failure. */
  tokensSeen: number
}

/** `failed`, or a success: `completed` as a stream of its own, `whole` as one document, or `batched`. */
export type RequestRecord = CompletedRecord | WholeRecord | BatchedRecord | FailedRecord
