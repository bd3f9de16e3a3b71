import { z } from 'zod'
import { CouldNotMeasureError } from '../errors.ts'

const rowSchema = z.union([
  z.object({ id: z.string(), error: z.string() }),
  z.object({
    id: z.string(),
    promptTokens: z.number().int(),
    completionTokens: z.number().int(),
    /** In the engine, from its being sent. */
    tookMs: z.number(),
  }),
])

/** One row as it came out: its tokens, or why there are none. */
export type RowResult = z.output<typeof rowSchema>

const eventSchema = z.discriminatedUnion('event', [
  /** The driver runs and has read so many rows. */
  z.object({ event: z.literal('started'), atMs: z.number(), rows: z.number().int() }),
  /** Rows that came out together. */
  z.object({ event: z.literal('block'), atMs: z.number(), rows: z.array(rowSchema) }),
  /** Every row that will come has come. */
  z.object({ event: z.literal('end'), atMs: z.number() }),
  /** The driver gives up, with a traceback of Python, causes first. */
  z.object({ event: z.literal('failure'), atMs: z.number(), type: z.string(), message: z.string() }),
])

/** What the driver (driver/batch_inference.py) tells; `atMs` is its clock, ms since 1970. */
export type DriverEvent = z.output<typeof eventSchema>

/**
 * The events in a log that comes in pieces. All lines without the job's own prefix are somebody else's: those of Ray, of
 * vLLM, and what a progress bar left in front of ours.
 */
export class EventReader {
  readonly #prefix: string
  #rest = ''
  /** Characters that were read. */
  read = 0

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** @throws CouldNotMeasureError for a line of the driver that is not as this suite writes it. */
  take(text: string): DriverEvent[] {
    this.read += text.length
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    return lines.flatMap(line => this.#event(line) ?? [])
  }

  #event(line: string): DriverEvent | null {
    const at = line.indexOf(`${this.#prefix} `)
    if (at < 0) return null
    const json = line.slice(at + this.#prefix.length + 1)
    const event = eventSchema.safeParse(parsed(json))
    if (event.success) return event.data
    throw new CouldNotMeasureError(
      `The driver of a Ray job wrote a line that is none of its events: ${json.slice(0, 200)}. ${z.prettifyError(event.error)}`,
    )
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // Cut off: the schema says so.
    return null
  }
}
