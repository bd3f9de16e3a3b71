import type { BatchConfiguration } from './configuration.ts'
import { outstandingOf } from './configuration.ts'

/** What a profile makes of the plan's sizes. */
export interface Scaling {
  /** Batch sizes are divided by it. */
  batchDivisor: number
  /** Requests; never fewer than are outstanding at once. */
  samples: number
  promptTokens: number
  maxTokens: number
}

/**
 * The same configuration with less work. Batch sizes are divided, rounded, and at least 1; concurrency and everything about
 * the model stay, so that configurations keep their relations. Nothing gets larger than it was.
 */
export function scaled(configuration: BatchConfiguration, scaling: Scaling): BatchConfiguration {
  const { inference, data } = configuration
  const smaller = {
    ...inference,
    batchSize: Math.min(inference.batchSize, Math.max(1, Math.round(inference.batchSize / scaling.batchDivisor))),
    maxTokens: Math.min(inference.maxTokens, scaling.maxTokens),
  }
  return {
    ...configuration,
    inference: smaller,
    data: {
      samples: Math.min(data.samples, Math.max(scaling.samples, outstandingOf({ inference: smaller }))),
      promptTokens: Math.min(data.promptTokens, scaling.promptTokens),
    },
  }
}
