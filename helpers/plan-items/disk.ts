import { sizeOfArchitecture } from '../estimate/index.ts'
import type { Facts } from './facts.ts'
import type { PlanSpec } from './plan-spec.ts'
import { plannedKey } from './planned-variants.ts'

/**
 * Bytes of the model files that these specs write, those of several specs once: weights alone, as `sizeOfArchitecture`
 * counts them, without the vision towers. 0 for models that the engine has itself, and for vLLM, whose folders with random
 * weights hold none.
 */
export function diskBytes(specs: readonly PlanSpec[], facts: Facts): number {
  if (facts.engine.state === 'absent' || facts.engine.value.traits.modelFormat !== 'gguf') return 0
  const files = new Map<string, number>()
  for (const planned of specs.flatMap(({ models }) => models)) {
    const choice = facts.models[plannedKey(planned)]
    const architecture = choice?.state === 'measured' ? choice.value.architecture : null
    if (architecture === null) continue
    const { quantisations = ['q4_0'], copies = 1 } = planned
    for (const quantisation of quantisations) {
      const bytes = sizeOfArchitecture(architecture, quantisation).tensorBytes
      for (let copy = 1; copy <= copies; copy++) files.set(`${architecture.name} ${quantisation} ${copy}`, bytes)
    }
  }
  return [...files.values()].reduce((sum, bytes) => sum + bytes, 0)
}
