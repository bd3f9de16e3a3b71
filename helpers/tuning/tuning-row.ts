import type { LoadSettings } from '../engines/index.ts'

/** The engines that have a matrix of their own. */
export type TunedEngine = 'embedded' | 'llama-server' | 'ollama' | 'vllm'

/** What a configuration changes against the suite's own way to start the engine. */
export interface TuningChange {
  /** After the engine's own arguments. */
  arguments: string[]
  environment: Record<string, string>
  /** What a load is asked for. */
  settings: LoadSettings
  /** Requests that the engine batches together; null for what the tests need. */
  slots: number | null
}

/** One row of plan 004's matrix, as data. */
export interface TuningRow {
  /** Stable, part of the criteria's ids: `baseline`, `d`, `d-modern`. */
  id: string
  /** `D: KV offloading, 32 GiB`. */
  title: string
  change: TuningChange
  /** What it takes, in words: `a GPU`, `/dev/shm of 32 GiB`. For the compatibility table; whether it starts is tried. */
  needs: string[]
  /** Host memory that it takes for good at its start, beside the baseline's: 0 for none. Not tried where that does not fit. */
  hostBytes: number
  /** Ids of rows, or flags, that it cannot be combined with. */
  conflicts: string[]
  /** What the plan or the engine's documentation expects of it. */
  expected: string
  /** Id of the row of the plan whose flags are gone, and which this one is the equivalent of today. */
  insteadOf: string | null
}
