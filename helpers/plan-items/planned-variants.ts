import type { Quantisation } from '../models/index.ts'
import { type ModelVariant, modelKey } from './facts.ts'
import type { PlannedModel } from './plan-spec.ts'

/** The key of the model itself. */
export const plannedKey = ({ model, role }: PlannedModel): string => modelKey({ model, role })

/** Those that are not what a model is written in anyway. */
export const otherWeights = (quantisations: readonly Quantisation[]): Quantisation[] =>
  quantisations.filter(quantisation => quantisation !== 'q4_0')

/** Everything that a spec asks for under one model: itself, a copy where it takes several, its other weights. */
export const variantsOf = ({ model, role, copies = 1, quantisations = [] }: PlannedModel): ModelVariant[] => [
  { model, role },
  ...(copies > 1 ? [{ model, role, instance: 2 }] : []),
  ...otherWeights(quantisations).map(quantisation => ({ model, role, quantisation })),
]
