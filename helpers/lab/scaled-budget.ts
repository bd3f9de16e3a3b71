/** What models of one kind take, and the bytes of their weights. */
export interface WeighedModel {
  weightBytes: number
  memoryBytes: number
}

/**
 * What a model's process takes whatever the model: the intercept of the line through two models of different size, and of
 * the same number format. Never below 0 nor above what the smaller one takes.
 */
export function processOverhead(a: WeighedModel, b: WeighedModel): number {
  const [small, large] = a.weightBytes <= b.weightBytes ? [a, b] : [b, a]
  const perByte = (large.memoryBytes - small.memoryBytes) / (large.weightBytes - small.weightBytes)
  const overhead = small.memoryBytes - perByte * small.weightBytes
  return Number.isFinite(overhead) ? Math.min(Math.max(0, overhead), small.memoryBytes) : 0
}

/** A budget of memory for whole models, and how much smaller the models are that it is tried with. */
export interface MemoryBudget {
  wholeBytes: number
  /** 1 for whole models. */
  scale: number
  /** Of one process; counts in the budget of whole models like everything else. */
  overheadBytes: number
}

/**
 * The budget for so many models at once. A scaled model's weights are a sixteenth, its process is not: so the budget is
 * divided, and each process has its overhead beside it. Of whole models it is the budget itself.
 */
export function budgetFor(models: number, { wholeBytes, scale, overheadBytes }: MemoryBudget): number {
  return scale === 1 ? wholeBytes : wholeBytes / scale + models * overheadBytes
}
