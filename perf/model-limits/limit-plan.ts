import type { ChosenModel } from '../../helpers/index.ts'

export interface LimitPlan {
  /** Of whole models: what the plan's machine has for models. A scaled model has as much less. */
  budgetBytes: number
  small: string
  large: string
  /** Whose context is made as long as memory allows: one that fills most of the budget by itself. */
  longContext: string
  /** The models whose speed is held against their size, small to large. */
  sizes: string[]
  contextTokens: number
  /** In a cage, for one load or one answer: what takes longer there is read over and over, and does not fit. */
  cageLimitMs: number
  /** No more are loaded at once, whatever the budget. */
  mostInstances: number
  promptTokens: number
  outputTokens: number
  /** Of one look at a load, or as many as come at once where those are more. */
  requests: number
  mostConcurrent: number
  /** For a whole model: until the first token. */
  ttftLimitMs: number
  /** For a whole model: tokens a second that a reader keeps up with. */
  readingRate: number
}

/** The plan's name of a model, without what it was divided by: for ids. */
export const plannedName = ({ name }: Pick<ChosenModel, 'name'>): string => name.replace(/ ÷ .*$/, '')
