import { exitCodes } from '../errors.ts'
import type { Results } from '../reporting/index.ts'
import { type GateOutcome, gateOutcome, notJudged } from './gate-outcome.ts'
import type { GateRecord } from './gate-record.ts'

/** What one shard left behind. */
export interface ShardEnd {
  record: GateRecord
  /** Null where it ended before it wrote any. */
  results: Results | null
}

/** The shards' results as one; or why they cannot be one, as when their engines differ. */
export type Merge =
  | { state: 'merged'; results: Results; notes: string[] }
  | { state: 'none' }
  | { state: 'refused'; reason: string }

const { ok, failed, badInput, couldNotMeasure, interrupted, terminated } = exitCodes

/** The worst first. A shard that was stopped explains what is missing, so it comes before "could not measure". */
const severity: readonly number[] = [failed, badInput, interrupted, terminated, couldNotMeasure]

/**
 * What all shards of a run say together. A shard that left nothing, and a required criterion that none of them judged,
 * is "could not measure"; an exit code that is not the suite's is, too. Shards of different runs are bad input.
 */
export function shardsOutcome(shards: readonly ShardEnd[], merge: Merge, required: readonly string[]): GateOutcome {
  const results = merge.state === 'merged' ? merge.results : null
  const refused = merge.state === 'refused' ? [merge.reason] : []
  const missing = [...absentShards(shards), ...notJudged(results?.items ?? [], required)]
  const codes = [
    ...shards.map(({ record: { exitCode } }) => (isKnown(exitCode) ? exitCode : couldNotMeasure)),
    ...(refused.length > 0 ? [badInput] : []),
    ...(missing.length > 0 ? [couldNotMeasure] : []),
  ]
  const exitCode = severity.find(code => codes.includes(code)) ?? ok
  return {
    ...gateOutcome({ exitCode, results, required: [], lastWords: [] }),
    reasons: [...shards.flatMap(reasonsOf), ...refused, ...missing],
    notes: merge.state === 'merged' ? merge.notes : [],
  }
}

const isKnown = (exitCode: number): boolean => exitCode === ok || severity.includes(exitCode)

function reasonsOf({ record: { exitCode, shard, lastWords }, results }: ShardEnd): string[] {
  if (exitCode === ok) return []
  const { ending, reasons } = gateOutcome({ exitCode, results, required: [], lastWords })
  const head = shard === null || shard.count === 1 ? '' : `shard ${shard.index} of ${shard.count}: `
  return reasons.length > 0 ? reasons.map(reason => head + reason) : [`${head}${ending.word} (exit code ${exitCode})`]
}

function absentShards(shards: readonly ShardEnd[]): string[] {
  if (shards.length === 0)
    return [
      'no run left a result: its job was skipped (a pull request from a fork is not measured), or was lost with its runner',
    ]
  const known = shards.flatMap(({ record: { shard } }) => (shard === null ? [] : [shard]))
  const count = Math.max(0, ...known.map(shard => shard.count))
  return Array.from({ length: count }, (_, i) => i + 1)
    .filter(index => !known.some(shard => shard.index === index))
    .map(index => `shard ${index} of ${count} left no result: its job was never started, or was lost with its runner`)
}
