import { planItems } from './plan-items.ts'
import type { PlanItem } from './plan-spec.ts'

interface Pattern {
  item: PlanItem
  matches: RegExp
  /** Letters before the first `*`, and all of them. */
  beginning: number
  letters: number
}

const patterns: readonly Pattern[] = planItems
  .flatMap(item =>
    item.criteria.map(criterion => ({
      item,
      matches: new RegExp(`^${criterion.replaceAll('.', '\\.').replaceAll('*', '.*')}$`),
      beginning: `${criterion}*`.indexOf('*'),
      letters: criterion.replaceAll('*', '').length,
    })),
  )
  .toSorted((a, b) => b.beginning - a.beginning || b.letters - a.letters)

/** The item that a criterion of results.json belongs to; undefined for one of a spec that is not the plans'. */
export const itemOfCriterion = (id: string): PlanItem | undefined =>
  patterns.find(({ matches }) => matches.test(id))?.item
