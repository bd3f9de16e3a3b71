import type { EngineName } from '../engines/index.ts'
import type { MeasuredTable } from '../observations/index.ts'
import { compatibilityTable } from './compatibility-table.ts'
import { matrixTable } from './matrix-table.ts'
import { modelClassTable } from './model-classes.ts'
import { startTable } from './start-table.ts'
import type { TuningRun } from './tuning-run.ts'

/** What plan 004 asks to be filled: the matrix with `notes` under it, compatibility, starts, and what vLLM's classes of models take. */
export function matrixTables(
  engine: EngineName,
  runs: readonly TuningRun[],
  title: string,
  notes: readonly string[],
): MeasuredTable[] {
  const start = startTable(runs)
  return [
    matrixTable(runs, title, notes),
    compatibilityTable(runs),
    ...(start ? [start] : []),
    ...(engine === 'vllm' ? [modelClassTable()] : []),
  ]
}
