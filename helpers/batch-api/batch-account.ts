import type { BatchSighting } from './batch-sighting.ts'
import type { Reconciliation } from './reconcile.ts'

/** What became of the custom_ids of one batch. Plain data. */
export interface BatchAccount {
  /** Index of the batch in the run. */
  batch: number
  /** How the server says that it ended; `before` for requests that an earlier, stopped run has submitted. */
  ending: BatchSighting['status'] | 'before'
  submitted: number
  /** Sent, and in neither file. They are failed requests too, of class `unaccounted`. */
  missing: number
  /** Lines beyond the first one of their custom_id, in both files together. The first one counts. */
  repeated: number
  /** Lines with a custom_id that was not sent. */
  unknown: number
  /** Lines without a custom_id that could be read. */
  unreadable: number
  /** The first few of all of these, for people: `"0-17" is missing`. */
  examples: string[]
}

/** Custom_ids and lines that do not add up. */
export const unaccountedIn = ({ missing, repeated, unknown, unreadable }: BatchAccount): number =>
  missing + repeated + unknown + unreadable

const MOST_EXAMPLES = 5

export function examplesOf({
  missing,
  repeated,
  unknown,
  unreadable,
}: Pick<Reconciliation, 'missing' | 'repeated' | 'unknown' | 'unreadable'>): string[] {
  return [
    ...missing.slice(0, MOST_EXAMPLES).map(id => `"${id}" is missing`),
    ...repeated.slice(0, MOST_EXAMPLES).map(id => `"${id}" came back more than once`),
    ...unknown.slice(0, MOST_EXAMPLES).map(id => `"${id}" was never sent`),
    ...unreadable.slice(0, MOST_EXAMPLES).map(line => `a line cannot be read: ${line}`),
  ].slice(0, MOST_EXAMPLES)
}
