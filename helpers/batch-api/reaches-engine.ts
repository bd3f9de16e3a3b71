import type { BatchRun } from '../batches/batch-run.ts'
import { CouldNotMeasureError } from '../errors.ts'

/**
 * Holds the results of a run against the token counter of the engine, where it has one: a Batch API server may send its
 * requests anywhere.
 *
 * @throws CouldNotMeasureError when the engine generated fewer tokens than came back.
 */
export function assertReachesEngine(run: BatchRun, batchUrl: string): void {
  for (const { index, residency, completionTokens, failures } of run.batches) {
    const { before, after } = residency
    if (before.state !== 'loaded' || after.state !== 'loaded') continue
    const [from, to] = [before.generatedTokens, after.generatedTokens]
    if (from.state === 'absent' || to.state === 'absent') continue
    // A counter that fell is a reload, which has a criterion of its own.
    const generated = to.value - from.value
    if (generated < 0 || generated >= completionTokens || failures.aborted) continue
    throw new CouldNotMeasureError(
      `Batch ${index + 1} of ${run.id}: ${completionTokens} tokens came back through ${batchUrl}, and the engine at ` +
        `${run.engine.url} has generated ${generated}. PERF_BATCH_URL must name a server that sends to this engine.`,
    )
  }
}
