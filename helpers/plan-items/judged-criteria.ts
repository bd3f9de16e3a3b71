import type { Results } from '../reporting/index.ts'

/** Ids of a run's criteria: those with a number of their own, and the others. Tests that have no criterion are left out. */
export interface JudgedCriteria {
  judged: string[]
  notJudged: string[]
}

/** A criterion is judged where something was measured and held against what is asked, whatever came of it. */
export function judgedCriteria({ items }: Pick<Results, 'items'>): JudgedCriteria {
  // A test that ends before it reaches a criterion has its file and its name for an id.
  const criteria = items.filter(({ id }) => /^\d{3}\./.test(id))
  return {
    judged: criteria.filter(({ measured }) => measured !== undefined).map(({ id }) => id),
    notJudged: criteria.filter(({ measured }) => measured === undefined).map(({ id }) => id),
  }
}
