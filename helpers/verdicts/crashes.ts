import type { BatchRun } from '../batches/batch-run.ts'
import type { Assessment } from './assessment.ts'
import { criterionOf, judge } from './judge.ts'

/** Words by which engines say that one of their processes died. */
const DIED = /ended on its own|terminated unexpectedly|has terminated|segmentation fault|core dumped/i

/** Words by which engines and drivers say that memory ran out. */
const OUT_OF_MEMORY = /out of memory|OOM|cudaMalloc failed|failed to allocate|std::bad_alloc/

/**
 * No crash and no out-of-memory error: connections that were refused or cut, and what the engine logged. An engine
 * that dies altogether ends the run with EngineCrashedError and never gets here.
 */
export function judgeCrashes(run: BatchRun): Assessment {
  const broken = run.batches.reduce(
    (sum, { failures }) =>
      sum + (failures.connect ?? 0) + (failures['connection-reset'] ?? 0) + (failures['proxy-error'] ?? 0),
    0,
  )
  const logged = run.batches.flatMap(batch => batch.logErrors)
  const deaths = logged.filter(line => DIED.test(line))
  const memoryErrors = logged.filter(line => OUT_OF_MEMORY.test(line))
  return judge(criterionOf(run, 'no-crash', 'no crash and no out-of-memory error'), {
    measured: { value: broken + deaths.length + memoryErrors.length, interval: null },
    limit: 0,
    allowed: 'at most',
    unit: 'count',
    n: run.batches.reduce((sum, batch) => sum + batch.completed + batch.failed, 0),
    details: [
      `${broken} broken connections, ${deaths.length} dead processes, ${memoryErrors.length} out-of-memory messages`,
    ],
  })
}
