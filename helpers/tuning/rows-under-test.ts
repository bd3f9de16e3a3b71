import { inject } from 'vitest'
import '../config/run-context.ts'
import { rowsFor } from './rows/index.ts'
import type { TuningRow } from './tuning-row.ts'

/**
 * The rows of the engine that this run measures. Call it at the top of a spec. For a server behind a URL, none of which can
 * be tried, the baseline alone: it says why.
 */
export function rowsUnderTest(): readonly TuningRow[] {
  const { engine, engineUrl } = inject('perf').options
  if (engineUrl !== null) return rowsFor('embedded').slice(0, 1)
  return rowsFor(engine === null || engine === 'openai' ? 'embedded' : engine)
}
