import { z } from 'zod'

const counts = z.object({
  total: z.int().nonnegative(),
  completed: z.int().nonnegative(),
  failed: z.int().nonnegative(),
})

/** What of a batch object this suite needs. Servers leave out what they do not have, or say null. */
export const batchSchema = z.object({
  id: z.string().min(1),
  status: z.enum([
    'validating',
    'failed',
    'in_progress',
    'finalizing',
    'completed',
    'expired',
    'cancelling',
    'cancelled',
  ]),
  request_counts: counts.nullish(),
  output_file_id: z.string().nullish(),
  error_file_id: z.string().nullish(),
  errors: z
    .object({ data: z.array(z.object({ code: z.string().nullish(), message: z.string().nullish() })).nullish() })
    .nullish(),
})

/** A batch as the server told of it at one moment. */
export interface BatchSighting {
  /** When the answer came, on the monotonic clock. */
  atMs: number
  id: string
  status: z.output<typeof batchSchema>['status']
  /** Null until the server has counted its lines. */
  counts: z.output<typeof counts> | null
  /** Files with results, by what is in them. */
  outputFile: string | null
  errorFile: string | null
  /** Why the whole batch was refused; empty otherwise. */
  errors: string[]
}

export function sightingOf(batch: z.output<typeof batchSchema>, atMs: number): BatchSighting {
  return {
    atMs,
    id: batch.id,
    status: batch.status,
    counts: batch.request_counts ?? null,
    outputFile: batch.output_file_id || null,
    errorFile: batch.error_file_id || null,
    errors: (batch.errors?.data ?? []).map(({ code, message }) => [code, message].filter(Boolean).join(': ')),
  }
}

/** Nothing will happen to it any more. */
export const hasEnded = ({ status }: BatchSighting): boolean =>
  status === 'completed' || status === 'failed' || status === 'expired' || status === 'cancelled'

/** Requests that are answered, well or not. */
export const finishedIn = ({ counts }: BatchSighting): number =>
  counts === null ? 0 : counts.completed + counts.failed
