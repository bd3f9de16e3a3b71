import type { ResultItem } from '../reporting/index.ts'
import type { CriterionChange, CriterionSide, NamedRun, ResultsComparison } from './results-comparison.ts'

/** Where both sides have a criterion and do not say the same of it. Graver words of the head come first. */
export function compareCriteria(
  base: readonly NamedRun[],
  head: readonly NamedRun[],
): Pick<ResultsComparison, 'criteria' | 'otherCriteria'> {
  const [before, now] = [byId(base), byId(head)]
  const shared = [...before].flatMap(([id, sides]): CriterionChange[] => {
    const headSides = now.get(id)
    return headSides ? [{ id, base: sides, head: headSides }] : []
  })
  const criteria = shared.filter(change => wordsOf(change.base) !== wordsOf(change.head))
  return {
    criteria: criteria.toSorted((a, b) => gravest(a.head) - gravest(b.head)),
    otherCriteria: {
      same: shared.length - criteria.length,
      onlyBase: before.size - shared.length,
      onlyHead: now.size - shared.length,
    },
  }
}

function byId(runs: readonly NamedRun[]): Map<string, CriterionSide[]> {
  const sides = new Map<string, CriterionSide[]>()
  for (const item of runs.flatMap(({ results }) => results.items)) {
    sides.set(item.id, [...(sides.get(item.id) ?? []), sideOf(item)])
  }
  return sides
}

function sideOf({ verdict, measured, unit }: ResultItem): CriterionSide {
  const value = measured?.value ?? null
  return { verdict, measured: value === null || unit === null ? null : { value, unit } }
}

const graveness = ['fail', 'could not measure', 'inconclusive', 'not applicable', 'pass'] as const

function gravest(sides: readonly CriterionSide[]): number {
  const words = new Set<string>(sides.map(({ verdict }) => verdict))
  return graveness.findIndex(word => words.has(word))
}

const wordsOf = (sides: readonly CriterionSide[]): string =>
  [...new Set(sides.map(({ verdict }) => verdict))].sort().join(', ')
