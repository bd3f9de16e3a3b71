import type { Engine } from '../engines/index.ts'
import { estimateMemory, sizeOfGguf } from '../estimate/index.ts'
import type { ChosenModel } from '../fixtures/choose-model.ts'
import { machineMemory, safeBudgetBytes } from '../limits/index.ts'
import { readGguf } from '../models/index.ts'
import { formatQuantity } from '../units.ts'
import type { MatrixPlan } from './matrix-plan.ts'
import { rowSlots } from './row-slots.ts'
import type { TuningRow } from './tuning-row.ts'

/**
 * Why a row is not tried, or null: it would take more host memory than this machine can give, and the kernel would end
 * something. Counted are what the row takes for good, and on a machine without a GPU what llama.cpp is known to hold of a
 * GGUF file; what cannot be predicted is tried.
 */
export async function whyNotTried(
  row: TuningRow,
  model: ChosenModel,
  plan: Pick<MatrixPlan, 'contextTokens' | 'concurrent'>,
  engine: Pick<Engine, 'identity' | 'traits'>,
  hasGpu: boolean,
): Promise<string | null> {
  const predicted = hasGpu ? 0 : await heldBytes(row, model, plan, engine)
  const memory = machineMemory()
  if (memory.state === 'absent') return null
  const wanted = predicted + row.hostBytes
  const safe = safeBudgetBytes(memory.value)
  if (wanted <= safe) return null
  const [needed, free] = [wanted, safe].map(bytes => formatQuantity(bytes, 'bytes'))
  return `it would take ${needed} of host memory, and ${free} can be taken without danger to this machine`
}

async function heldBytes(
  row: TuningRow,
  model: ChosenModel,
  { contextTokens, concurrent }: Pick<MatrixPlan, 'contextTokens' | 'concurrent'>,
  { identity, traits }: Pick<Engine, 'identity' | 'traits'>,
): Promise<number> {
  if (model.path === '' || traits.modelFormat !== 'gguf') return 0
  const size = sizeOfGguf(await readGguf(model.path))
  if (size.state === 'absent') return 0
  const { kvCacheType } = row.change.settings
  const { heldBytes, spreadBytes } = estimateMemory({
    model: size.value,
    contextTokens,
    slots: rowSlots(row, identity.name, concurrent.atOnce),
    program: identity.name === 'embedded' ? 'embedded' : 'native',
    ...(kvCacheType && { kvCacheType }),
  })
  return heldBytes + spreadBytes
}
