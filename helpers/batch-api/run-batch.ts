import { monotonicMs } from '../clock.ts'
import type { BatchApi } from './batch-api.ts'
import type { BatchInput } from './batch-input.ts'
import type { BatchSighting } from './batch-sighting.ts'
import type { CancellerTask } from './leave-nothing-behind.ts'
import { type Reconciliation, reconcile } from './reconcile.ts'
import { watchBatch } from './watch-batch.ts'

export interface BatchJob {
  input: BatchInput
  /** For whoever looks at the server's list. */
  metadata: Record<string, string>
  /** See {@link watchBatch}. */
  chunk: number
  signal: AbortSignal
  onChange: (sighting: BatchSighting) => void
  /** Told of what is on the server because of this batch, before anything else is done. */
  tell: (task: CancellerTask) => Promise<void>
}

export interface BatchReport {
  /** From the order to run it, the file being there already, to the look that found it ended. */
  startMs: number
  endMs: number
  sightings: BatchSighting[]
  end: BatchSighting
  reconciliation: Reconciliation
}

/**
 * Uploads, creates, watches, fetches and reconciles one batch. One that is not watched to its end, for whatever reason,
 * is cancelled.
 *
 * @throws BatchApiError; the signal's AbortError.
 */
export async function runBatch(api: BatchApi, job: BatchJob): Promise<BatchReport> {
  const { input, metadata, signal } = job
  const fileId = await api.upload(`${metadata.name ?? 'batch'}.jsonl`, input.lines, signal)
  await job.tell({ kind: 'file', file: fileId })
  const startMs = monotonicMs()
  // Not to be interrupted: a batch whose id is not known cannot be cancelled.
  const { id } = await api.create({ fileId, endpoint: input.endpoint, metadata })
  await job.tell({ kind: 'began', batch: id })
  const sightings = await watchOrCancel(api, id, job)
  await job.tell({ kind: 'ended', batch: id })
  const end = sightings.at(-1)
  if (end === undefined) throw new TypeError(`${id} ended without having been seen`)
  const resultFiles = [end.outputFile, end.errorFile].filter(file => file !== null)
  for (const file of resultFiles) await job.tell({ kind: 'file', file })
  const texts = await Promise.all(resultFiles.map(file => api.text(file, signal)))
  const sent = input.submitted.map(({ customId }) => customId)
  return { startMs, endMs: end.atMs, sightings, end, reconciliation: reconcile(sent, texts) }
}

async function watchOrCancel(api: BatchApi, id: string, job: BatchJob): Promise<BatchSighting[]> {
  try {
    return await watchBatch(api, id, job)
  } catch (error) {
    await api.cancel(id).then(
      () => job.tell({ kind: 'ended', batch: id }),
      cause => process.emitWarning(`${id} may still run, since it could not be cancelled: ${cause.message}`),
    )
    throw error
  }
}
