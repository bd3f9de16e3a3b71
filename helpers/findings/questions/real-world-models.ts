import type { Evidence } from '../question.ts'

const SPEC = '003.real-world-scenarios'

export const REAL_WORLD_COMMAND = 'npx vitest run perf/model-swapping/real-world'

type Metric = NonNullable<ReturnType<Evidence['metric']>>

/** A model of the plan, and the memory that it took. */
export interface WeighedModel {
  id: string
  model: string
  bytes: number
}

/** What the pool of plan 003 was given, and what its models take, the largest first. */
export interface PoolEvidence {
  budget: Metric
  models: WeighedModel[]
  caveats: string[]
}

/** Null where the run has no budget, or fewer than two models. */
export function poolEvidence(evidence: Evidence): PoolEvidence | null {
  const budget = evidence.metric(`${SPEC}.budget`)
  const prefix = `${SPEC}.model-bytes.`
  const models = evidence
    .metrics(prefix)
    .map(({ id, value }) => ({ id, model: id.slice(prefix.length), bytes: value }))
    .sort((a, b) => b.bytes - a.bytes)
  if (!budget || models.length < 2) return null
  const { scale } = budget
  const caveats = scale
    ? [`measured with models of 1/${scale} of their size, each with a whole process`]
    : ['one machine, one engine']
  return { budget, models, caveats: [...caveats, 'capability not measured here'] }
}

/** Why the run has nothing to say, or the command that would. */
export const poolNeeds = (evidence: Evidence): string =>
  evidence.reason(`${SPEC}.budget`) ?? `the spec that measures it: ${REAL_WORLD_COMMAND}`

/** Of the pool, or of the swap server, on the same requests. */
export const strategyMetric = (evidence: Evidence, slug: string, strategy: 'pool' | 'swap-server'): Metric | null =>
  evidence.metric(`${SPEC}.${slug}.${strategy}`)
