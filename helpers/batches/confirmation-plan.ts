import { leastSamples } from '../baselines/index.ts'
import type { BatchPlan } from './batch-plan.ts'

/** The same load, as few batches of it as have enough chunks to be held against a baseline: one sample a chunk. */
export function confirmationPlan(plan: BatchPlan): BatchPlan {
  const chunks = Math.max(1, Math.floor(plan.requestsPerBatch / plan.chunk))
  return { ...plan, batches: Math.min(plan.batches, Math.ceil(leastSamples / chunks)) }
}
