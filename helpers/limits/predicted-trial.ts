import { estimateMemory, type MemoryEstimate, type MemoryInput, type ModelSize } from '../estimate/index.ts'
import { type LoadTrial, trialPromptTokens } from './load-and-ask.ts'

/**
 * The most that a trial of so many copies will hold: each is loaded, and one slot of it used by one short answer. What
 * single loads differ by is independent, so for n of them it grows with the root of n.
 */
export function predictedTrial(
  model: ModelSize,
  { contextTokens, slots, settings = {} }: Pick<LoadTrial, 'contextTokens' | 'slots' | 'settings'>,
  { copies = 1, program = 'embedded' }: { copies?: number } & Pick<MemoryInput, 'program'> = {},
): { bytes: number; estimate: MemoryEstimate } {
  const { kvCacheType, memoryMap } = settings
  const estimate = estimateMemory({
    model,
    contextTokens,
    slots,
    program,
    inUse: { slots: 1, tokens: trialPromptTokens(contextTokens) },
    ...(kvCacheType && { kvCacheType }),
    ...(memoryMap !== undefined && { memoryMap }),
  })
  return { bytes: Math.ceil(copies * estimate.heldBytes + Math.sqrt(copies) * estimate.spreadBytes), estimate }
}
