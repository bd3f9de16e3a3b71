import type { ResultItem, ResultMetric, Results } from '../reporting/results-schema.ts'

/** What a results file holds, for answering from it: nothing is measured here. */
export interface Evidence {
  /** A number with that id; null where the run has none with a value. */
  metric(id: string): (ResultMetric & { value: number }) | null
  /** All numbers with a value whose id begins so, in the order of the run: `000.limit-discovery.instances.`. */
  metrics(prefix: string): (ResultMetric & { value: number })[]
  /** Why there is no number: the reason that the run gives for it; null where the run says nothing of that id. */
  reason(id: string): string | null
  item(id: string): ResultItem | null
  table(id: string): Results['tables'][number] | null
}

/** An answer in a sentence or two with numbers and units, or what it would take to have one. */
export type Answer =
  | {
      state: 'answered'
      answer: string
      /** Ids of the criteria, numbers and tables that it rests on; at least one. */
      evidence: string[]
      /** What limits it: the model's scale, one machine, few points; empty for nothing. */
      caveats: string[]
    }
  /** This machine, engine or run lacks what the answer needs; `needs` says what, and the command that gets it. */
  | { state: 'open'; needs: string }

/** One of the plans' questions. */
export interface Question {
  /** `Q1` to `Q12` of plan 000, `S1` to `S10` of plan 003. */
  id: string
  question: string
  answer(evidence: Evidence): Answer
}
