import type { EngineName } from '../engines/index.ts'
import type { TuningRow } from './tuning-row.ts'

/**
 * Requests that the engine batches in a row: the row's own number, or what its tests need. vLLM gives a request room as it
 * grows, so all of T3's fit; llama.cpp gives every slot its whole context at the start, so without a word there is one, as
 * Ollama has it by itself, and the other requests wait.
 */
export const rowSlots = ({ change }: TuningRow, engine: EngineName, atOnce: number): number =>
  change.slots ?? (engine === 'vllm' ? atOnce : 1)
