import type { ResultItem } from '../reporting/results-schema.ts'

/**
 * What the printed line of a criterion says beyond what stands in columns of its own: where it was measured and what of.
 * The first part of a line is its number with the limit; how much data there was ends it, and after that comes why it is
 * inconclusive.
 */
export function remarksOf({ measured, reason, evidence: { line, data } }: ResultItem): string {
  if (!measured) return data
  const withoutReason = reason ? line.replace(` · inconclusive: ${reason}`, '') : line
  return withoutReason.split(' · ').slice(1).join(' · ') || data
}
