import { gpuAccess } from '../../engines/hosts/index.ts'
import type { TunedEngine, TuningRow } from '../tuning-row.ts'
import { embeddedRows } from './embedded.ts'
import { llamaServerRows } from './llama-server.ts'
import { ollamaRows } from './ollama.ts'
import { vllmRows } from './vllm.ts'

/** The matrix of an engine, the baseline first. */
export function rowsFor(engine: TunedEngine, hasGpu = machineHasGpu()): readonly TuningRow[] {
  switch (engine) {
    case 'embedded':
      return embeddedRows
    case 'llama-server':
      return llamaServerRows
    case 'ollama':
      return ollamaRows
    case 'vllm':
      return vllmRows(hasGpu)
  }
}

/** One that a server could be started with: NVIDIA's or AMD's. */
const machineHasGpu = (): boolean => Object.keys(gpuAccess().hostConfig).length > 0
