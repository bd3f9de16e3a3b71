import { type Outcome, readResultLine } from './result-line.ts'

/** The custom_ids that were sent, held against the lines that came back. */
export interface Reconciliation {
  /** The first line of every custom_id that has one. */
  outcomes: Map<string, Outcome>
  missing: string[]
  /** One entry a line beyond the first. */
  repeated: string[]
  unknown: string[]
  unreadable: string[]
}

/** `files`: output and error file as they are, in any order; a line may be in either. Empty lines are none. */
export function reconcile(sent: readonly string[], files: readonly string[]): Reconciliation {
  const wanted = new Set(sent)
  const outcomes = new Map<string, Outcome>()
  const repeated: string[] = []
  const unknown: string[] = []
  const unreadable: string[] = []
  for (const text of files) {
    for (const raw of text.split('\n')) {
      if (raw.trim() === '') continue
      const line = readResultLine(raw)
      if (line.kind === 'unreadable') unreadable.push(`${line.reason}: ${line.line}`)
      else if (!wanted.has(line.customId)) unknown.push(line.customId)
      else if (outcomes.has(line.customId)) repeated.push(line.customId)
      else outcomes.set(line.customId, line.outcome)
    }
  }
  return { outcomes, missing: sent.filter(id => !outcomes.has(id)), repeated, unknown, unreadable }
}
