import { z } from 'zod'
import type { RequestRecord } from './request-record.ts'

/** The first line of a record file, and again where a resumed run goes on. */
export const recordHeaderSchema = z.object({
  schema: z.literal(1),
  workload: z.string(),
  run: z.string(),
  /** Time of day, ISO 8601. */
  startedAt: z.iso.datetime(),
  /** The same instant on the clock of every `…AtMs` below. */
  monotonicMs: z.number(),
})

export type RecordHeader = z.infer<typeof recordHeaderSchema>

const base = {
  id: z.string(),
  batch: z.int(),
  chunk: z.int(),
  scheduledAtMs: z.number(),
  sentAtMs: z.number(),
  endedAtMs: z.number(),
}
const count = z.int().nonnegative()
const timings = z.object({ promptMs: z.number(), predictedMs: z.number(), loadMs: z.number().nullable() }).nullable()

const failureClasses = [
  'connect',
  'connection-reset',
  'http-status',
  'first-byte-timeout',
  'stall',
  'incomplete-stream',
  'error-record',
  'proxy-error',
  'malformed-event',
  'wrong-length',
  'unaccounted',
  'aborted',
] as const

export const requestRecordSchema = z.discriminatedUnion('state', [
  z.object({
    ...base,
    state: z.literal('completed'),
    finishReason: z.string(),
    ttftMs: z.number(),
    ttfotMs: z.number().nullable(),
    arrivalsMs: z.array(z.number()),
    promptTokens: count,
    completionTokens: count,
    cachedTokens: count.nullable(),
    timings,
  }),
  z.object({
    ...base,
    state: z.literal('whole'),
    finishReason: z.string(),
    promptTokens: count,
    completionTokens: count,
    cachedTokens: count.nullable(),
    timings,
  }),
  z.object({
    ...base,
    state: z.literal('batched'),
    finishReason: z.string(),
    promptTokens: count,
    completionTokens: count,
    cachedTokens: count.nullable(),
  }),
  z.object({
    ...base,
    state: z.literal('failed'),
    failure: z.enum(failureClasses),
    message: z.string(),
    httpStatus: z.int().nullable(),
    tokensSeen: count,
  }),
]) satisfies z.ZodType<RequestRecord>
