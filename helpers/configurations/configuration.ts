/** What a configuration is there to show; plan 002's categories, and what it says about its own optimisations. */
export type ConfigurationCategory =
  | 'baseline'
  | 'concurrency'
  | 'large model'
  | 'stress'
  | 'sla'
  | 'before and after'
  | 'memory-optimised'

/**
 * One configuration of batch inference: a model, and how a batch of requests is put to it. In a file its names are those of
 * plan 002 and of Ray Data (`batch_size`, `gpu_memory_utilization`).
 */
export interface BatchConfiguration {
  /** Unique in its file: `baseline-128x2`. */
  name: string
  category: ConfigurationCategory
  model: {
    /** Of the catalogue (`qwen2.5-0.5b`), or as the engine knows it. */
    name: string
    tensorParallelSize: number
  }
  inference: {
    /** Rows of one batch. */
    batchSize: number
    /**
     * What the plan calls concurrency. On Ray: replicas of the engine, or batches in flight at one replica; over HTTP:
     * batches in flight. Requests outstanding are batchSize × concurrency either way.
     */
    concurrency: number
    /** Share of a GPU's memory that vLLM takes, 0 to 1; no meaning on a CPU. */
    gpuMemoryUtilization: number
    /** Answered tokens a request, all of which are asked for. */
    maxTokens: number
  }
  data: {
    /** Requests. */
    samples: number
    promptTokens: number
  }
}

/** Requests that are outstanding at once. */
export const outstandingOf = ({ inference }: Pick<BatchConfiguration, 'inference'>): number =>
  inference.batchSize * inference.concurrency
