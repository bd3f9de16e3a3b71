import type { TuningRow } from './tuning-row.ts'

/** Plan 004's tests in numbers. */
export interface MatrixPlan {
  /** The baseline first. */
  rows: readonly TuningRow[]
  /** Draws the order of the rows. */
  seed: number
  /** Names in the catalogue, or the engine's own; the first one that the engine has is taken, else the last one. */
  models: readonly string[]
  /** A request's prompt and answer fit into it. */
  contextTokens: number
  /** T1: which rows are also started with nothing of the model's file in the page cache; the others are started warm alone. */
  coldStarts: 'every row' | 'baseline'
  /** T2, one after the other. */
  single: { promptTokens: number; outputTokens: number; requests: number }
  /** T3, all sent at once; `rounds` times as many in all. */
  concurrent: { atOnce: number; rounds: number; promptTokens: number; outputTokens: number }
  /** T4, one after the other; a prompt that would leave no room for its answer is as long as it can be. */
  long: { prompts: readonly { name: string; tokens: number }[]; outputTokens: number; requests: number }
  /** T5, one after the other; so many with a prefix that was sent before, and so many without. */
  prefix: { promptTokens: number; sharedTokens: number; outputTokens: number; requests: number }
}

/** What a chat's template adds to a prompt, Qwen's own system message included, and some room. */
const TEMPLATE_TOKENS = 64

/** T4's prompts, as they are sent: 32K of a context of 32,768 tokens is what its answer and the template leave. */
export const longPrompts = ({
  contextTokens,
  long,
}: Pick<MatrixPlan, 'contextTokens' | 'long'>): MatrixPlan['long']['prompts'] =>
  long.prompts.map(({ name, tokens }) => ({
    name,
    tokens: Math.min(tokens, contextTokens - long.outputTokens - TEMPLATE_TOKENS),
  }))
