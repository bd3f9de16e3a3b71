import type { Engine } from '../engines/index.ts'
import { estimateMemory, sizeOfGguf } from '../estimate/index.ts'
import type { ChosenModel } from '../fixtures/choose-model.ts'
import { absent, measured } from '../measured.ts'
import { readGguf } from '../models/index.ts'
import type { ModelRecord } from './model-record.ts'

/**
 * What the model should take in host memory, from its file alone, with `tokens` of every slot's context in use. Absent
 * for models that are no GGUF file of this machine, and on machines with a GPU, for which the estimate is not made.
 */
export async function predictedMemory(
  engine: Pick<Engine, 'identity'>,
  { path }: Pick<ChosenModel, 'path'>,
  { contextTokens, slots, tokens, hasGpu }: { contextTokens: number; slots: number; tokens: number; hasGpu: boolean },
): Promise<ModelRecord['predicted']> {
  if (!path.endsWith('.gguf')) return absent('the estimate reads a GGUF file, and this model is none of this machine')
  if (hasGpu) return absent('the estimate is one of host memory, for models on a CPU')
  const size = sizeOfGguf(await readGguf(path))
  if (size.state === 'absent') return size
  const program = engine.identity.name === 'embedded' ? 'embedded' : 'native'
  return measured(estimateMemory({ model: size.value, contextTokens, slots, inUse: { slots, tokens }, program }))
}
