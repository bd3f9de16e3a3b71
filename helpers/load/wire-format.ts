import type { CompletionTarget } from '../engines/engine.ts'
import type { CompletionEvent } from './completion-event.ts'
import type { CompletionPath, LoadRequest } from './load-request.ts'

/**
 * How a protocol puts completions on the wire: all that the client has to know of it. Texts of events are latin1, one
 * character a byte (see sse-cutter.ts).
 */
export interface WireFormat {
  /** False where an answer comes in one piece: nothing is known of when its tokens came. */
  isStreamed: boolean
  /** Content type of an answer; requests ask for it. */
  contentType: string
  /** Where a target serves an endpoint. */
  path(path: CompletionPath, target: CompletionTarget): string
  /**
   * The request's body as the target takes it; the target's own fields win.
   * @throws BadInputError that names a field which the protocol cannot carry.
   */
  body(request: LoadRequest, target: CompletionTarget): Record<string, unknown>
  /** Cuts one stream into events. */
  cutter(sink: EventSink): EventCutter
  /** What an event says. */
  read(type: string, data: string): CompletionEvent
  /** What a line says that is no event, or one that the end of the stream cut off; null where it is to be ignored. */
  readStray(line: string): CompletionEvent | null
  /** What the last event of a whole stream is called, in messages. */
  lastEvent: string
  /** The bytes around an event's data, as engines of this protocol send them. */
  frame: { before: string; after: string }
  /** The field of an event, besides its text, whose string differs in every event; null where there is none. */
  varyingField: string | null
}

export interface EventCutter {
  /** @throws RangeError when a line passes 16 MiB. */
  push(bytes: Buffer): void
  /** Text after the last line end: not an event yet, but it may be the message of a server that gave up. */
  readonly rest: string
}

/** What a cutter hands over. */
export interface EventSink {
  /**
   * Called where an event may begin. May consume whole events starting at `from` and returns where it stopped; `from`
   * when it takes none. This is the hot path: everything that is left goes through lines.
   */
  skim(bytes: Uint8Array, from: number): number
  /** A complete event: its type (`message` unless the stream says otherwise) and its data. */
  event(type: string, data: string): void
  /** A line that is no part of an event, nor anything else that the protocol knows. */
  strayLine(line: string): void
}

/** A line of this size is not an event of any engine: something endless is being sent. */
export const MAX_LINE_BYTES = 16 * 2 ** 20
