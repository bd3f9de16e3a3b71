import { batchInference } from './batch-inference.ts'
import { engineTuning } from './engine-tuning.ts'
import { modelLimits } from './model-limits.ts'
import { modelSwapping } from './model-swapping.ts'
import { multiBatch } from './multi-batch.ts'
import { optimisation } from './optimisation.ts'
import type { PlanItem, PlanSpec } from './plan-spec.ts'

/** All specs of the five plans, in the order in which a run takes them. */
export const planSpecs: readonly PlanSpec[] = [
  ...multiBatch,
  ...modelLimits,
  ...optimisation,
  ...modelSwapping,
  ...batchInference,
  ...engineTuning,
]

export const planItems: readonly PlanItem[] = planSpecs.flatMap(({ items }) => items)
