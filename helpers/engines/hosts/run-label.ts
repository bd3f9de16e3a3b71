import { randomUUID } from 'node:crypto'

/** Every container of this process carries it, with this process's own value. */
export const runLabel = 'vitest-llm-perf.run'

export const runId: string = randomUUID()
